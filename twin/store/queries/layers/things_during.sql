-- The things of one kind as they stood at some moment of a period: of each code, the newest version.
-- A past version of a point has its geometry alone.
WITH version AS (
    SELECT a.id, a.code, a.name, a.longitude, a.latitude, a.geom, a.properties, a.valid_from,
           a.valid_to, a.dataset_id
    FROM asset a
    WHERE a.kind = %(kind)s
    UNION ALL
    SELECT a.id, a.code, v.name, NULL, NULL, v.geom, v.properties, v.valid_from, v.valid_to,
           v.dataset_id
    FROM asset_version v
    JOIN asset a ON a.id = v.asset_id AND a.kind = %(kind)s
)
SELECT DISTINCT ON (o.code) o.id, o.code, o.name, o.longitude, o.latitude,
       CASE WHEN k.geometry IN ('line', 'area') OR o.longitude IS NULL THEN o.geom END,
       o.properties, o.valid_from, o.valid_to, coalesce(d.mapping, '')
FROM version o
JOIN asset_kind k ON k.kind = %(kind)s
LEFT JOIN dataset d ON d.id = o.dataset_id
WHERE o.valid_from <= coalesce(%(end)s::timestamptz, 'infinity')
  AND (o.valid_to IS NULL OR o.valid_to > coalesce(%(start)s::timestamptz, '-infinity'))
  AND o.valid_to IS DISTINCT FROM o.valid_from
ORDER BY o.code, o.valid_from DESC
