SELECT event_at, kind, detail
FROM network_event
WHERE subject = %(dev_eui)s
ORDER BY event_at DESC
LIMIT %(limit)s;
