-- Everything that may hang under something or carry something, with the codes it names.
SELECT id, kind, code, longitude, latitude,
       properties ->> 'parent_cabinet', properties ->> 'substation', properties ->> 'cabinet',
       properties ->> 'feeder', properties ->> 'supplied_by', properties ->> 'park',
       properties ->> 'point_of_connection', properties ->> 'valve'
FROM asset
WHERE valid_to IS NULL
  AND kind IN ('substation', 'cabinet', 'feeder', 'streetlight', 'gateway', 'park',
               'point_of_connection', 'valve', 'hydrozone')
ORDER BY id
