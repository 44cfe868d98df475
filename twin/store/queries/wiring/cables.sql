-- Cables as they were drawn, with the codes that they name.
SELECT id, code, properties ->> 'feeder', properties ->> 'from_node', properties ->> 'to_node', geom
FROM asset
WHERE kind = 'cable' AND valid_to IS NULL
ORDER BY id
