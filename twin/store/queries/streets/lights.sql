SELECT a.id, a.code, a.longitude, a.latitude, s.state, s.probability, s.since
FROM light l
JOIN asset a ON a.id = l.asset_id AND a.valid_to IS NULL
JOIN street_section section ON section.asset_id = l.section_id
LEFT JOIN light_state s ON s.asset_id = l.asset_id
WHERE section.street_id = %(street_id)s
ORDER BY a.id
