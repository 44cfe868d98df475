-- A frame's time was put right by an earlier copy: its streams' newest values follow.
UPDATE latest l
SET measured_at = n.measured_at, value = n.value, quality = n.quality, batch = %(batch)s
FROM (
    SELECT s.id, o.measured_at, o.value, o.quality
    FROM unnest(%(streams)s::integer[]) AS s (id)
    CROSS JOIN LATERAL (
        SELECT measured_at, value, quality
        FROM observation
        WHERE datastream_id = s.id
        ORDER BY measured_at DESC
        LIMIT 1
    ) o
) n
WHERE l.datastream_id = n.id
  AND (l.measured_at, l.value, l.quality) IS DISTINCT FROM (n.measured_at, n.value, n.quality);
