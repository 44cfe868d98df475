-- The newest return that had been announced for each incident at an instant.
SELECT DISTINCT ON (i.id) i.code, e.made_at, e.cause_kind, e.crew_state, e.earliest, e.latest, e.coverage,
       e.based_on
FROM return_estimate e
JOIN incident i ON i.id = e.incident_id
WHERE e.made_at <= %(at)s AND (i.closed_at IS NULL OR i.closed_at > %(at)s)
ORDER BY i.id, e.made_at DESC, e.id DESC
