-- What was read out of a device's frame, and by which codec.
SELECT s.property, s.channel, s.unit, o.value, o.quality, c.name || '@' || c.version AS codec
FROM datastream s
JOIN observation o ON o.datastream_id = s.id AND o.measured_at = %(at)s
LEFT JOIN codec c ON c.id = o.codec_id
WHERE s.dev_eui = %(dev_eui)s
ORDER BY s.property, s.channel;
