INSERT INTO latest AS l (datastream_id, measured_at, value, quality, received_at, batch)
SELECT n.datastream_id, n.measured_at, n.value, n.quality, n.received_at, %(batch)s
FROM unnest(%(streams)s::integer[], %(times)s::timestamptz[], %(values)s::double precision[],
            %(quality)s::smallint[], %(received)s::timestamptz[])
     AS n (datastream_id, measured_at, value, quality, received_at)
ON CONFLICT (datastream_id) DO UPDATE
SET measured_at = EXCLUDED.measured_at, value = EXCLUDED.value, quality = EXCLUDED.quality,
    received_at = EXCLUDED.received_at, batch = EXCLUDED.batch
WHERE EXCLUDED.measured_at > l.measured_at
   OR (EXCLUDED.measured_at = l.measured_at
       AND (EXCLUDED.quality, EXCLUDED.value) < (l.quality, l.value));
