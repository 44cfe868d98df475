-- A frame's time was put right by an earlier copy: where another reading is newer now, it holds.
UPDATE latest l
SET measured_at = n.measured_at, value = n.value, quality = n.quality,
    received_at = coalesce(n.received_at, l.received_at), batch = %(batch)s
FROM (
    SELECT s.id, o.measured_at, o.value, o.quality, f.received_at
    FROM datastream s
    CROSS JOIN LATERAL (
        SELECT measured_at, value, quality
        FROM observation
        WHERE datastream_id = s.id AND measured_at >= %(since)s AND quality & 16 = 0
        ORDER BY measured_at DESC
        LIMIT 1
    ) o
    LEFT JOIN LATERAL (
        SELECT received_at
        FROM frame
        WHERE dev_eui = s.dev_eui AND event_at = o.measured_at AND event_at >= %(since)s
        LIMIT 1
    ) f ON true
    WHERE s.id = ANY(%(streams)s::integer[])
) n
WHERE l.datastream_id = n.id AND n.measured_at > l.measured_at;
