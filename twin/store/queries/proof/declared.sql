-- A recorded cause of one kind that began at a second, and whether it names a thing or its place.
SELECT c.withdrawn_at,
       c.area,
       EXISTS (SELECT FROM declared_asset d JOIN asset a ON a.id = d.asset_id
               WHERE d.cause_id = c.id AND a.kind = %(kind)s AND a.code = %(thing)s)
FROM declared_cause c
WHERE c.code = %(code)s AND c.kind = %(cause)s AND date_trunc('second', c.starts_at) = %(at)s
