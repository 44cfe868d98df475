-- The plan of one night that holds: the last computed for each zone.
SELECT DISTINCT ON (p.zone_id) p.zone_id, p.night, p.computed_at, p.decision, p.minutes::float8,
       p.depth_mm::float8, p.litres::float8, p.starts_at, p.why::text
FROM watering_plan p
WHERE p.night = %(night)s
ORDER BY p.zone_id, p.computed_at DESC;
