-- Things whose code or name holds what was typed: exact first, then those that begin with it.
SELECT a.kind, a.code, a.name, k.name_fr, k.name_en, a.longitude, a.latitude
FROM asset a
JOIN asset_kind k ON k.kind = a.kind
WHERE a.valid_to IS NULL
  AND a.kind IN ('streetlight', 'cabinet', 'street', 'building', 'gateway', 'substation',
                 'river_gauge', 'park', 'feeder', 'valve', 'hydrozone', 'sensor',
                 'weather_station', 'point_of_connection', 'school', 'care', 'shelter')
  AND (a.code ILIKE '%%' || %(like)s || '%%' OR a.name ILIKE '%%' || %(like)s || '%%')
ORDER BY
    (lower(a.code) = lower(%(typed)s) OR lower(a.name) = lower(%(typed)s)) DESC,
    (a.code ILIKE %(like)s || '%%' OR a.name ILIKE %(like)s || '%%') DESC,
    a.kind = 'cabinet' DESC, a.kind = 'street' DESC,
    length(a.code), a.code
LIMIT %(limit)s;
