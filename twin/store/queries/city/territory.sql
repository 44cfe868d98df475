SELECT slug, name, simulated, timezone, metric_srid, longitude, latitude, data_version, contact,
       clock_offset_s
FROM territory
