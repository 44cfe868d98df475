-- Since when things of a kind are known, and whether they were otherwise at a moment of a period:
-- some that are gone or have changed since, or that hung elsewhere.
WITH period AS (
    SELECT coalesce(%(start)s::timestamptz, '-infinity') AS starts,
           coalesce(%(end)s::timestamptz, 'infinity') AS ends
)
SELECT least((SELECT min(a.valid_from) FROM asset a WHERE a.kind = %(kind)s),
             (SELECT min(v.valid_from) FROM asset_version v
              JOIN asset a ON a.id = v.asset_id AND a.kind = %(kind)s)),
       EXISTS (SELECT FROM asset a
               WHERE a.kind = %(kind)s AND a.valid_to > p.starts AND a.valid_from <= p.ends)
       OR EXISTS (SELECT FROM asset_version v
                  JOIN asset a ON a.id = v.asset_id AND a.kind = %(kind)s
                  WHERE v.valid_to > p.starts AND v.valid_from <= p.ends)
       OR EXISTS (SELECT FROM link k
                  JOIN asset a ON a.id = k.child_id AND a.kind = %(kind)s
                  WHERE k.role = 'supplies' AND k.valid_from <= p.ends
                    AND k.valid_to > p.starts)
       OR EXISTS (SELECT FROM link k
                  JOIN asset a ON a.id = k.child_id AND a.kind = %(kind)s
                  WHERE k.role = 'supplies' AND k.valid_to IS NULL AND k.valid_from > p.ends)
FROM period p
