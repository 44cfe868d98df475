-- One thing of the city, with what its kind is called.
SELECT a.id, a.kind, a.code, a.name, a.longitude, a.latitude, a.properties,
       k.name_fr, k.name_en, i.idx, coalesce(street.name, '')
FROM asset a
JOIN asset_kind k ON k.kind = a.kind
LEFT JOIN light_index i ON i.asset_id = a.id
LEFT JOIN light l ON l.asset_id = a.id
LEFT JOIN street_section section ON section.asset_id = l.section_id
LEFT JOIN asset street ON street.id = section.street_id
WHERE a.kind = %(kind)s AND a.code = %(code)s AND a.valid_to IS NULL;
