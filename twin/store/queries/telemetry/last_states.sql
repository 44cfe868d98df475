-- The newest state that each gateway, or device that says whether it can be reached, told.
SELECT DISTINCT ON (subject) subject, copy_key
FROM network_event
WHERE subject = ANY(%(subjects)s) AND kind IN ('gateway', 'availability')
ORDER BY subject, event_at DESC;
