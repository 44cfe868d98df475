-- Where the soil of each zone stood at the end of its last day.
SELECT DISTINCT ON (zone_id) zone_id, day, depletion_mm::float8, depletion_high_mm::float8
FROM soil_balance
WHERE day < %(until)s
ORDER BY zone_id, day DESC;
