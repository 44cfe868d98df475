SELECT asset_id, at, state, reason, basis, probability, evidence::text, by_whom
FROM supply_event
WHERE asset_id = %(asset_id)s
ORDER BY at, id
