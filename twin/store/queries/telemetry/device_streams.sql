SELECT s.property, s.channel, s.unit, l.measured_at, l.value, l.quality
FROM datastream s
LEFT JOIN latest l ON l.datastream_id = s.id
WHERE s.dev_eui = %(dev_eui)s
ORDER BY s.property, s.channel, s.id;
