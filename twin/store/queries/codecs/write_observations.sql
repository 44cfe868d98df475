INSERT INTO observation AS o SELECT * FROM incoming_observation
ON CONFLICT (datastream_id, measured_at) DO UPDATE
SET value = EXCLUDED.value, quality = EXCLUDED.quality, codec_id = EXCLUDED.codec_id
WHERE (o.value, o.quality, o.codec_id)
      IS DISTINCT FROM (EXCLUDED.value, EXCLUDED.quality, EXCLUDED.codec_id)
RETURNING datastream_id;
