INSERT INTO network_event (event_at, copy_key, subject, kind, detail, received_at)
SELECT * FROM unnest(%(times)s::timestamptz[], %(keys)s::bigint[], %(subjects)s::text[],
                     %(kinds)s::text[], %(details)s::jsonb[], %(received)s::timestamptz[])
ON CONFLICT (event_at, copy_key) DO NOTHING
RETURNING event_at, copy_key;
