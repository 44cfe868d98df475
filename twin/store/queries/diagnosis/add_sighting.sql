-- A light by its code; nothing is written where none has it, or where the same was said already.
INSERT INTO sighting (asset_id, at, recorded_at, dark, witness, reporter)
SELECT a.id, %(at)s, %(recorded_at)s, %(dark)s, %(witness)s, %(reporter)s
FROM asset a
WHERE a.kind = 'streetlight' AND a.code = %(light)s AND a.valid_to IS NULL
ON CONFLICT DO NOTHING
