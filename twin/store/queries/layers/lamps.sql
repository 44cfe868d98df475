-- What was read of each lamp: the importer's reading stands here, the publisher's words beside.
SELECT l.asset_id, l.technology, l.lamp_w, l.mains_w, l.lamp_text, coalesce(street.name, ''),
       l.section_id IS NOT NULL
FROM light l
JOIN asset a ON a.id = l.asset_id AND a.valid_to IS NULL
LEFT JOIN street_section section ON section.asset_id = l.section_id
LEFT JOIN asset street ON street.id = section.street_id
