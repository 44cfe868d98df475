-- What reads otherwise now is kept as it was.
INSERT INTO observation_superseded
      (measured_at, datastream_id, value, quality, codec_id, superseded_at)
SELECT o.measured_at, o.datastream_id, o.value, o.quality, o.codec_id, %(now)s
FROM incoming_observation i
JOIN observation o ON o.datastream_id = i.datastream_id AND o.measured_at = i.measured_at
WHERE o.measured_at BETWEEN %(first)s AND %(last)s
  AND (o.value, o.quality, o.codec_id) IS DISTINCT FROM (i.value, i.quality, i.codec_id)
ON CONFLICT DO NOTHING;
