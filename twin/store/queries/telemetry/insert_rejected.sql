WITH kept AS (
    INSERT INTO rejected AS r
        (source, topic, reason, detail, raw, raw_bytes, raw_sha256, received_at, times)
    VALUES (%(source)s, %(topic)s, %(reason)s, %(detail)s, %(raw)s, %(raw_bytes)s, %(raw_sha256)s,
            %(received_at)s, %(times)s)
    ON CONFLICT (source, topic, raw_sha256) DO UPDATE
    SET times = r.times + EXCLUDED.times, received_at = least(r.received_at, EXCLUDED.received_at)
    RETURNING id
)
INSERT INTO rejected_minute AS m (rejected_id, minute, reason, count)
SELECT id, %(minute)s, %(reason)s, %(times)s FROM kept
ON CONFLICT (rejected_id, minute, reason) DO UPDATE SET count = m.count + EXCLUDED.count;
