SELECT c.rank, a.code, coalesce(street.name, ''), c.act, c.gain_bits, c.dead, c.made_at
FROM incident_check c
JOIN incident i ON i.id = c.incident_id
JOIN asset a ON a.id = c.asset_id
LEFT JOIN light l ON l.asset_id = a.id
LEFT JOIN street_section section ON section.asset_id = l.section_id
LEFT JOIN asset street ON street.id = section.street_id
WHERE i.code = %(code)s AND i.status <> 'closed'
ORDER BY c.rank
