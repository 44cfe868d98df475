-- What is known of one asset now: one row a datastream.
SELECT s.property, s.channel, s.unit, s.dev_eui, l.measured_at, l.value, l.quality
FROM datastream s
LEFT JOIN latest l ON l.datastream_id = s.id
WHERE s.asset_id = %(asset_id)s
ORDER BY s.property, s.channel, s.id;
