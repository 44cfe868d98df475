-- The newest value of each stream once more; what comes from a device's memory is never that.
INSERT INTO latest AS l (datastream_id, measured_at, value, quality, received_at, batch)
SELECT s.id, o.measured_at, o.value, o.quality, coalesce(f.received_at, o.measured_at), %(batch)s
FROM datastream s
CROSS JOIN LATERAL (
    SELECT measured_at, value, quality
    FROM observation
    WHERE datastream_id = s.id AND quality & %(historical)s = 0
    ORDER BY measured_at DESC
    LIMIT 1
) o
LEFT JOIN LATERAL (
    SELECT received_at
    FROM frame
    WHERE dev_eui = s.dev_eui AND event_at = o.measured_at
    LIMIT 1
) f ON true
WHERE s.id = ANY(%(streams)s::integer[])
ON CONFLICT (datastream_id) DO UPDATE
SET measured_at = EXCLUDED.measured_at, value = EXCLUDED.value, quality = EXCLUDED.quality,
    received_at = CASE WHEN l.measured_at = EXCLUDED.measured_at THEN l.received_at
                       ELSE EXCLUDED.received_at END,
    batch = EXCLUDED.batch
WHERE (l.measured_at, l.value, l.quality)
      IS DISTINCT FROM (EXCLUDED.measured_at, EXCLUDED.value, EXCLUDED.quality);
