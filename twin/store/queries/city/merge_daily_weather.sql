WITH written AS (
    INSERT INTO daily_weather (station_id, day, t_min_c, t_max_c, t_mean_c, rh_min, rh_max,
                               wind_2m_m_s, radiation_mj_m2, rain_mm, et0_mm, hours)
    SELECT a.id, i.day, i.t_min_c, i.t_max_c, i.t_mean_c, i.rh_min, i.rh_max, i.wind_2m_m_s,
           i.radiation_mj_m2, i.rain_mm, i.et0_mm, i.hours
    FROM incoming_weather i
    JOIN asset a ON a.kind = 'weather_station' AND a.code = i.station AND a.valid_to IS NULL
    ON CONFLICT (station_id, day) DO UPDATE
    SET t_min_c = EXCLUDED.t_min_c, t_max_c = EXCLUDED.t_max_c, t_mean_c = EXCLUDED.t_mean_c,
        rh_min = EXCLUDED.rh_min, rh_max = EXCLUDED.rh_max, wind_2m_m_s = EXCLUDED.wind_2m_m_s,
        radiation_mj_m2 = EXCLUDED.radiation_mj_m2, rain_mm = EXCLUDED.rain_mm,
        et0_mm = EXCLUDED.et0_mm, hours = EXCLUDED.hours
    WHERE (daily_weather.t_min_c, daily_weather.t_max_c, daily_weather.t_mean_c,
           daily_weather.rh_min, daily_weather.rh_max, daily_weather.wind_2m_m_s,
           daily_weather.radiation_mj_m2, daily_weather.rain_mm, daily_weather.hours)
        IS DISTINCT FROM (EXCLUDED.t_min_c, EXCLUDED.t_max_c, EXCLUDED.t_mean_c, EXCLUDED.rh_min,
                          EXCLUDED.rh_max, EXCLUDED.wind_2m_m_s, EXCLUDED.radiation_mj_m2,
                          EXCLUDED.rain_mm, EXCLUDED.hours)
    RETURNING (xmax = 0) AS added
)
SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added), 0 FROM written
