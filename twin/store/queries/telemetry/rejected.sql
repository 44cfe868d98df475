SELECT id, source, topic, reason, detail, raw, raw_bytes, received_at, times
FROM rejected
WHERE id < %(before)s
  AND (%(reason)s::text IS NULL OR reason = %(reason)s)
  AND (%(source)s::text IS NULL OR source = %(source)s)
  AND (%(about)s::text IS NULL OR position(%(about)s IN lower(topic)) > 0)
ORDER BY id DESC
LIMIT %(limit)s;
