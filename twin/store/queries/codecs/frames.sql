-- Stored frames in order of time, those of one instant together.
SELECT f.event_at, f.copy_key, f.dev_eui, f.network, f.f_port, f.payload, f.received_at,
       f.gateway_at, f.network_at, f.time_source, f.flags, f.codec_id, f.decoded_by_network
FROM frame f
WHERE f.event_at > %(after)s AND f.event_at < %(until)s
  AND (%(dev_euis)s::text[] IS NULL OR f.dev_eui = ANY(%(dev_euis)s))
  AND f.flags & %(skipped)s = 0
ORDER BY f.event_at
FETCH FIRST %(limit)s ROWS WITH TIES;
