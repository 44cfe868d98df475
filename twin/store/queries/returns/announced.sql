-- Returns announced for incidents that are open, or for one of them; the newest first.
SELECT i.code, e.made_at, e.cause_kind, e.crew_state, e.earliest, e.latest, e.coverage, e.based_on
FROM return_estimate e
JOIN incident i ON i.id = e.incident_id
WHERE CASE WHEN %(code)s::text IS NULL THEN i.status <> 'closed' ELSE i.code = %(code)s END
ORDER BY e.made_at DESC, e.id DESC
