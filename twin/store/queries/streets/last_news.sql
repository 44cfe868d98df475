-- When the last message of the territory was taken; null before the first one.
SELECT max(received_at) FROM latest WHERE batch = (SELECT max(batch) FROM latest)
