SELECT s.asset_id, s.street_id, s.length_cm, s.residents_thousandths
FROM street_section s
JOIN asset a ON a.id = s.asset_id AND a.valid_to IS NULL
ORDER BY s.asset_id
