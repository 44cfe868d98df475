INSERT INTO return_estimate (incident_id, made_at, cause_kind, crew_state, earliest, latest, coverage, based_on)
VALUES (%(incident)s, %(made_at)s, %(kind)s, %(crew)s, %(earliest)s, %(latest)s, %(coverage)s, %(based_on)s)
ON CONFLICT (incident_id, made_at) DO NOTHING
