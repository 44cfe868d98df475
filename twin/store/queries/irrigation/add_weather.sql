-- Days as measured by the station; a day that is there stays.
INSERT INTO daily_weather (station_id, day, t_min_c, t_max_c, t_mean_c, rh_min, rh_max, wind_2m_m_s,
                           radiation_mj_m2, rain_mm, et0_mm, hours)
SELECT %(station_id)s, day, t_min_c, t_max_c, t_mean_c, rh_min, rh_max, wind_2m_m_s,
       radiation_mj_m2, rain_mm, et0_mm, hours
FROM incoming_weather
ON CONFLICT DO NOTHING;
