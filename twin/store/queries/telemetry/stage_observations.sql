COPY incoming_observation (measured_at, datastream_id, value, quality, codec_id)
FROM STDIN (FORMAT BINARY);
