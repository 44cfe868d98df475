-- Two readings of one stream at one instant: the better quality holds, then, so that the order of
-- arrival does not matter, the smaller value.
INSERT INTO observation AS o SELECT * FROM incoming_observation
ON CONFLICT (measured_at, datastream_id) DO UPDATE
SET value = EXCLUDED.value, quality = EXCLUDED.quality, codec_id = EXCLUDED.codec_id
WHERE (EXCLUDED.quality, EXCLUDED.value, EXCLUDED.codec_id) < (o.quality, o.value, o.codec_id);
