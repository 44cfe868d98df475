SELECT id, asset_id, property, channel
FROM datastream
WHERE id > %(after)s
ORDER BY id
