SELECT a.id, a.kind, a.code, coalesce(s.state, 'normal'), coalesce(s.reason, '')
FROM asset a
LEFT JOIN supply_state s ON s.asset_id = a.id
WHERE a.kind IN ('cabinet', 'substation', 'feeder') AND a.code = %(code)s AND a.valid_to IS NULL
ORDER BY array_position(ARRAY['cabinet', 'substation', 'feeder'], a.kind)
LIMIT 1
