-- Observations of many assets at once, for the laws.
SELECT s.asset_id, s.property, s.channel, o.measured_at, o.value, o.quality
FROM datastream s
JOIN observation o ON o.datastream_id = s.id
WHERE s.property = ANY(%(properties)s) AND s.asset_id IS NOT NULL
  AND (%(asset_ids)s::bigint[] IS NULL OR s.asset_id = ANY(%(asset_ids)s))
  AND o.measured_at >= %(start)s AND o.measured_at < %(end)s
ORDER BY s.asset_id, s.property, s.channel, o.measured_at, s.id;
