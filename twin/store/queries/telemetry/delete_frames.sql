DELETE FROM frame f
USING unnest(%(times)s::timestamptz[], %(keys)s::bigint[]) AS r (event_at, copy_key)
WHERE f.event_at = r.event_at AND f.copy_key = r.copy_key;
