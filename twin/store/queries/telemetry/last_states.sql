-- The newest state that each gateway told.
SELECT DISTINCT ON (subject) subject, copy_key
FROM network_event
WHERE subject = ANY(%(subjects)s) AND kind = 'gateway'
ORDER BY subject, event_at DESC;
