SELECT o.measured_at, o.value, o.quality
FROM datastream s
JOIN observation o ON o.datastream_id = s.id
WHERE s.asset_id = %(asset_id)s AND s.property = %(property)s AND s.channel = %(channel)s
  AND o.measured_at >= %(start)s AND o.measured_at < %(end)s
ORDER BY o.measured_at, s.id;
