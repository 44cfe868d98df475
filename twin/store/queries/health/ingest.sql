-- When the last value was received, at our door.
SELECT max(received_at) FROM latest WHERE batch = (SELECT max(batch) FROM latest);
