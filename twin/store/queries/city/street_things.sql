-- Lights, addresses and sections with the street name that their publisher wrote.
SELECT id, code, longitude, latitude, properties ->> 'street',
       (properties ->> 'residents')::float8, dataset_id IS NOT NULL, geom
FROM asset
WHERE kind = %(kind)s AND valid_to IS NULL
ORDER BY id
