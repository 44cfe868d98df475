-- Energy of each local day, as read; a thing with several meters has their sum.
SELECT s.asset_id, (o.measured_at AT TIME ZONE %(timezone)s)::date AS day, sum(o.value)
FROM datastream s
JOIN asset a ON a.id = s.asset_id AND a.kind IN ('cabinet', 'building')
JOIN observation o ON o.datastream_id = s.id
WHERE s.property = 'daily_energy' AND o.quality & 1 = 0
  AND o.measured_at >= %(start)s AND o.measured_at < %(end)s
GROUP BY 1, 2
ORDER BY 1, 2;
