SELECT id, asset_id, at, recorded_at, dark, witness, reporter
FROM sighting
WHERE id > %(after)s AND recorded_at > %(since)s
ORDER BY id
