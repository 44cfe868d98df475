-- Returns nothing where the same act was written before.
INSERT INTO incident_act (incident_id, act_key, at, person, kind, words, assignee, until)
SELECT i.id, %(key)s, %(at)s, %(person)s, %(kind)s, %(words)s, %(assignee)s, %(until)s
FROM incident i
WHERE i.code = %(code)s AND i.status <> 'closed'
ON CONFLICT (act_key) DO NOTHING
RETURNING id
