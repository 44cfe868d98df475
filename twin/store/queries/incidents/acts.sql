-- What was done about one incident, or about all of them in a span, oldest first.
SELECT i.code, a.id, a.at, a.person, a.kind, a.words, a.assignee, a.until
FROM incident_act a
JOIN incident i ON i.id = a.incident_id
WHERE (%(code)s::text IS NULL OR i.code = %(code)s)
  AND (%(start)s::timestamptz IS NULL OR a.at >= %(start)s)
  AND (%(end)s::timestamptz IS NULL OR a.at < %(end)s)
ORDER BY a.id
