UPDATE frame f
SET codec_id = nullif(u.codec_id, 0), flags = u.flags
FROM unnest(%(times)s::timestamptz[], %(keys)s::bigint[], %(codecs)s::smallint[],
            %(flags)s::smallint[]) AS u (event_at, copy_key, codec_id, flags)
WHERE f.event_at = u.event_at AND f.copy_key = u.copy_key
  AND f.event_at BETWEEN %(first)s AND %(last)s
  AND (coalesce(f.codec_id, 0), f.flags) IS DISTINCT FROM (u.codec_id, u.flags);
