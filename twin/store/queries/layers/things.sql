-- The things of one kind. A point is told by its coordinates, anything else by its geometry.
SELECT a.id, a.code, a.name, a.longitude, a.latitude,
       CASE WHEN k.geometry IN ('line', 'area') THEN a.geom END,
       a.properties, a.valid_from, a.valid_to, coalesce(d.mapping, '')
FROM asset a
JOIN asset_kind k ON k.kind = a.kind
LEFT JOIN dataset d ON d.id = a.dataset_id
WHERE a.kind = %(kind)s AND a.valid_to IS NULL
