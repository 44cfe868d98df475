-- Where the distributor delivers: substations and cabinets, with their places.
SELECT a.id, a.kind, a.code, a.longitude, a.latitude
FROM asset a
WHERE a.kind IN ('substation', 'cabinet') AND a.valid_to IS NULL AND a.longitude IS NOT NULL
