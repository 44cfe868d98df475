DELETE FROM light_state s
WHERE NOT EXISTS (
    SELECT FROM asset a WHERE a.id = s.asset_id AND a.kind = 'streetlight' AND a.valid_to IS NULL)
