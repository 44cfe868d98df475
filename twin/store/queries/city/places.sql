SELECT id, kind, code, name, longitude, latitude
FROM asset
WHERE kind = %(kind)s AND valid_to IS NULL
ORDER BY id
