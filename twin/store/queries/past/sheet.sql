-- The register's sheet of a thing as it read at an instant: its name and its properties.
SELECT a.name, a.properties
FROM asset a
WHERE a.id = %(asset_id)s AND a.valid_from <= %(at)s
UNION ALL
SELECT v.name, v.properties
FROM asset_version v
WHERE v.asset_id = %(asset_id)s AND v.valid_from <= %(at)s AND v.valid_to > %(at)s
LIMIT 1;
