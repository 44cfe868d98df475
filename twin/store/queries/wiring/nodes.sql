-- Everything that may hang under something or carry something, with the codes it names. The street
-- is that of the section it stands on, else the name that its publisher wrote.
SELECT a.id, a.kind, a.code, a.longitude, a.latitude,
       a.properties ->> 'parent_cabinet', a.properties ->> 'substation',
       a.properties ->> 'cabinet', a.properties ->> 'feeder', a.properties ->> 'supplied_by',
       a.properties ->> 'park', a.properties ->> 'point_of_connection', a.properties ->> 'valve',
       coalesce(street.code, a.properties ->> 'street')
FROM asset a
LEFT JOIN light l ON l.asset_id = a.id
LEFT JOIN street_section section ON section.asset_id = l.section_id
LEFT JOIN asset street ON street.id = section.street_id AND street.valid_to IS NULL
WHERE a.valid_to IS NULL
  AND a.kind IN ('substation', 'cabinet', 'feeder', 'streetlight', 'support', 'gateway', 'park',
                 'point_of_connection', 'valve', 'hydrozone')
ORDER BY a.id
