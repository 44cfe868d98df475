-- Rejected messages to be taken again, oldest first, and where the ledger counts them.
WITH chosen AS MATERIALIZED (
    SELECT id, source, topic, reason, raw, raw_bytes, received_at
    FROM rejected
    WHERE id > %(after)s
      AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s))
      AND (%(reason)s::text IS NULL OR reason = %(reason)s)
      AND (%(source)s::text IS NULL OR source = %(source)s)
    ORDER BY id
    LIMIT %(limit)s
)
SELECT c.id, c.source, c.topic, c.reason, c.raw, c.raw_bytes, c.received_at,
       array_agg(m.minute ORDER BY m.minute, m.reason),
       array_agg(m.reason ORDER BY m.minute, m.reason),
       array_agg(m.count ORDER BY m.minute, m.reason)
FROM chosen c
JOIN rejected_minute m ON m.rejected_id = c.id
GROUP BY c.id, c.source, c.topic, c.reason, c.raw, c.raw_bytes, c.received_at
ORDER BY c.id;
