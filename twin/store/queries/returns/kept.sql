-- The first return announced in each state of the repair, for incidents that have ended.
SELECT DISTINCT ON (e.incident_id, e.crew_state)
       i.code, e.cause_kind, e.made_at, e.earliest, e.latest, i.closed_at, e.coverage::double precision
FROM return_estimate e
JOIN incident i ON i.id = e.incident_id
WHERE i.status = 'closed'
ORDER BY e.incident_id, e.crew_state, e.made_at
