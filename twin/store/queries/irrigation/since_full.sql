-- What each zone lost and received since it was last watered, or full, that day included, at most
-- so many days ago.
WITH recent AS (
    SELECT zone_id, day, eta_mm, rain_mm, irrigation_mm,
           max(day) FILTER (WHERE irrigation_mm > 0 OR percolation_mm > 0)
               OVER (PARTITION BY zone_id) AS turned
    FROM soil_balance
    WHERE day >= %(since)s AND day < %(until)s
)
SELECT zone_id, min(day), coalesce(sum(eta_mm), 0)::float8, coalesce(sum(rain_mm), 0)::float8,
       coalesce(sum(irrigation_mm), 0)::float8
FROM recent
WHERE turned IS NULL OR day >= turned
GROUP BY zone_id
ORDER BY zone_id;
