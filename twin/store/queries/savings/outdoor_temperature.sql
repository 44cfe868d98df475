-- Daily mean temperature at the station that has the most days.
SELECT w.day, w.t_mean_c::float8
FROM daily_weather w
WHERE w.station_id = (SELECT station_id FROM daily_weather GROUP BY 1
                      ORDER BY count(*) DESC, station_id LIMIT 1)
ORDER BY w.day;
