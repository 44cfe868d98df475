-- Orders whose time is over: those that never left, and those that left and were never confirmed.
SELECT id, state
FROM command
WHERE (state = 'requested' AND expires_at <= %(now)s)
   OR (state IN ('queued', 'sent', 'acknowledged')
       AND expires_at + make_interval(secs => %(grace_s)s) <= %(now)s)
ORDER BY id;
