SELECT id, kind, code, latitude, (properties ->> 'altitude_m')::float8
FROM asset
WHERE valid_to IS NULL AND kind = ANY(%(kinds)s)
ORDER BY id
