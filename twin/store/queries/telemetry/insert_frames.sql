INSERT INTO frame SELECT * FROM incoming_frame
ON CONFLICT (event_at, copy_key) DO NOTHING
RETURNING event_at, copy_key;
