-- The last year read, of things whose meter fell silent before an instant.
SELECT s.asset_id, (o.measured_at AT TIME ZONE %(timezone)s)::date AS day, sum(o.value)
FROM datastream s
CROSS JOIN LATERAL (
    SELECT measured_at AS at FROM observation
    WHERE datastream_id = s.id AND measured_at < %(end)s
    ORDER BY measured_at DESC LIMIT 1
) last
JOIN observation o ON o.datastream_id = s.id
     AND o.measured_at > last.at - INTERVAL '366 days' AND o.measured_at <= last.at
WHERE s.property = 'daily_energy' AND o.quality & 1 = 0 AND s.asset_id = ANY(%(asset_ids)s)
GROUP BY 1, 2
ORDER BY 1, 2;
