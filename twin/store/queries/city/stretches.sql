SELECT t.id, t.section_id, s.street_id, t.length_cm, t.light_ids
FROM stretch t
JOIN street_section s ON s.asset_id = t.section_id
JOIN asset a ON a.id = t.section_id AND a.valid_to IS NULL
ORDER BY t.id
