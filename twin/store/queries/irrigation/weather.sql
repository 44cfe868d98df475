SELECT day, t_min_c::float8, t_max_c::float8, rain_mm::float8, et0_mm::float8, hours
FROM daily_weather
WHERE station_id = %(station_id)s AND day >= %(since)s AND day < %(until)s
ORDER BY day;
