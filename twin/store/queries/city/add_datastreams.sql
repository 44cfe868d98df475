-- Series that no device of ours sends: history that a file brought.
INSERT INTO datastream (asset_id, dev_eui, property, channel, unit)
SELECT DISTINCT a.id, NULL, i.property, 0, i.unit
FROM incoming_reading i
JOIN asset a ON a.kind = i.asset_kind AND a.code = i.asset_code AND a.valid_to IS NULL
ON CONFLICT DO NOTHING
