-- Crossings, schools, places of care and shelters by section of street.
SELECT p.asset_id, a.kind, a.code, a.name, p.section_id, s.street_id, p.distance_m::float8
FROM place_section p
JOIN asset a ON a.id = p.asset_id AND a.valid_to IS NULL
JOIN street_section s ON s.asset_id = p.section_id
JOIN asset section ON section.id = p.section_id AND section.valid_to IS NULL
ORDER BY p.section_id, a.kind, p.asset_id
