-- What the base map draws, of one kind.
SELECT a.id, a.code, a.name, coalesce((a.properties ->> 'followed')::boolean, false),
       coalesce((a.properties ->> 'estimated')::boolean, false),
       street.code, street.name, a.geom
FROM asset a
LEFT JOIN street_section s ON s.asset_id = a.id
LEFT JOIN asset street ON street.id = s.street_id
WHERE a.kind = %(kind)s AND a.valid_to IS NULL AND a.geom IS NOT NULL
ORDER BY a.id
