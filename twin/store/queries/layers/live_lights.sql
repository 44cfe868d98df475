-- Every light with what is known of it; one that no assessment has met is unmonitored (7).
SELECT a.code, a.longitude, a.latitude, coalesce(s.state, 7), s.probability, s.since,
       coalesce(street.name, ''), near.code, root.code
FROM asset a
LEFT JOIN light_state s ON s.asset_id = a.id
LEFT JOIN light l ON l.asset_id = a.id
LEFT JOIN street_section section ON section.asset_id = l.section_id
LEFT JOIN asset street ON street.id = section.street_id
LEFT JOIN asset near ON near.id = s.proximate_id
LEFT JOIN asset root ON root.id = s.root_id
WHERE a.kind = 'streetlight' AND a.valid_to IS NULL
