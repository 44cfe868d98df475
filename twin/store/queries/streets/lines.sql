SELECT a.geom
FROM street_section section
JOIN asset a ON a.id = section.asset_id AND a.valid_to IS NULL
WHERE section.street_id = %(street_id)s AND a.geom IS NOT NULL
ORDER BY section.asset_id
