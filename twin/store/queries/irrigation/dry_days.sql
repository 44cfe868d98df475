-- Days since it last rained to any effect at a station; null: never in what is stored.
SELECT %(until)s::date - 1 - max(day) FROM daily_weather
WHERE station_id = %(station_id)s AND day < %(until)s AND rain_mm >= %(least_mm)s;
