-- Days of one zone, with the minutes that were planned for the night before each.
SELECT b.day, b.et0_mm::float8, b.rain_mm::float8, b.irrigation_mm::float8, b.eta_mm::float8,
       b.percolation_mm::float8, b.stress::float8, b.depletion_mm::float8,
       b.depletion_high_mm::float8, b.day_order, p.decision, p.minutes::float8
FROM soil_balance b
LEFT JOIN LATERAL (
    SELECT decision, minutes FROM watering_plan
    WHERE zone_id = b.zone_id AND night = b.day - 1 ORDER BY computed_at DESC LIMIT 1
) p ON true
WHERE b.zone_id = %(zone_id)s AND b.day >= %(since)s AND b.day < %(until)s
ORDER BY b.day;
