-- Length and residents of each section; null residents: not known.
SELECT s.asset_id, street.name, s.length_cm / 100.0, s.residents_thousandths / 1000.0
FROM street_section s
JOIN asset a ON a.id = s.asset_id AND a.valid_to IS NULL
JOIN asset street ON street.id = s.street_id
