-- Works that begin at a second, by their own code or by what is worked on.
SELECT count(*)
FROM declared_cause c
WHERE c.kind = 'works_order' AND date_trunc('second', c.starts_at) = %(at)s
  AND (c.code = %(code)s
       OR EXISTS (SELECT FROM declared_asset d JOIN asset a ON a.id = d.asset_id
                  WHERE d.cause_id = c.id AND a.kind = %(kind)s AND a.code = %(code)s))
