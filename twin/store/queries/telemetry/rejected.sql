SELECT id, source, topic, reason, detail, raw, raw_bytes, received_at, times
FROM rejected
WHERE id < %(before)s
ORDER BY id DESC
LIMIT %(limit)s;
