SELECT count(*)
FROM works w
JOIN asset a ON a.id = w.asset_id
WHERE a.kind = %(kind)s AND a.code = %(code)s AND date_trunc('second', w.starts_at) = %(at)s
