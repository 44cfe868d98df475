UPDATE device d
SET first_seen = least(d.first_seen, s.first_at), last_seen = greatest(d.last_seen, s.last_at)
FROM unnest(%(dev_euis)s::text[], %(first)s::timestamptz[], %(last)s::timestamptz[])
     AS s (dev_eui, first_at, last_at)
WHERE d.dev_eui = s.dev_eui
  AND (d.first_seen IS NULL OR s.first_at < d.first_seen OR s.last_at > d.last_seen);
