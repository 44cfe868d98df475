SELECT w.id, w.asset_id, a.kind, a.code, w.title, w.starts_at, w.ends_at
FROM works w
JOIN asset a ON a.id = w.asset_id
WHERE w.starts_at <= %(at)s AND w.ends_at > %(at)s
ORDER BY w.id
