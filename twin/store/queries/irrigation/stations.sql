-- Weather stations; the one with the most days first.
SELECT a.id, a.code, a.name, a.longitude, a.latitude,
       coalesce((a.properties ->> 'altitude_m')::float8, 0),
       (a.properties ->> 'wind_height_m')::float8,
       (SELECT max(day) FROM daily_weather w WHERE w.station_id = a.id)
FROM asset a
WHERE a.kind = 'weather_station' AND a.valid_to IS NULL
ORDER BY (SELECT count(*) FROM daily_weather w WHERE w.station_id = a.id) DESC, a.code;
