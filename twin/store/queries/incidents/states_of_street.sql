SELECT s.asset_id, i.idx, s.state, s.probability, s.since, s.proximate_id, s.root_id, s.seq
FROM light_state s
JOIN light l ON l.asset_id = s.asset_id
JOIN street_section section ON section.asset_id = l.section_id
LEFT JOIN light_index i ON i.asset_id = s.asset_id
WHERE section.street_id = %(street_id)s
ORDER BY s.asset_id
