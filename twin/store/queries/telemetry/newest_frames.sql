-- The newest frames of devices that count, in order of time, as far back as a span before where each
-- counter stands.
SELECT s.dev_eui, f.network, f.session, f.f_cnt, f.payload, f.event_at
FROM device_session s
CROSS JOIN LATERAL (
    SELECT w.network, w.session, w.f_cnt, w.payload, w.event_at, w.copy_key
    FROM frame w
    WHERE w.dev_eui = s.dev_eui AND w.event_at > s.event_at - %(span)s::interval
      AND w.flags & 1024 = 0
    ORDER BY w.event_at DESC, w.epoch DESC, w.f_cnt DESC
    LIMIT %(limit)s
) f
WHERE s.dev_eui = ANY(%(dev_euis)s)
ORDER BY s.dev_eui, f.event_at, f.f_cnt, f.copy_key;
