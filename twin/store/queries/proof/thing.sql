-- A thing as it stood at an instant; of several of one code, the one that stood last.
SELECT a.id, a.longitude, a.latitude, s.plinth_m, coalesce(s.plinth_source, 'unknown')
FROM asset a
LEFT JOIN supply_device s ON s.asset_id = a.id
WHERE a.kind = %(kind)s AND a.code = %(code)s AND (a.valid_to IS NULL OR a.valid_to > %(as_of)s)
ORDER BY a.valid_from DESC
LIMIT 1
