SELECT s.id, s.asset_id, s.dev_eui, s.property, s.channel,
       l.measured_at, l.value, l.quality, l.received_at, l.batch
FROM latest l
JOIN datastream s ON s.id = l.datastream_id
WHERE s.property = ANY(%(properties)s)
  AND l.batch > %(since_batch)s
ORDER BY s.id;
