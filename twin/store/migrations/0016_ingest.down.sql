DROP TABLE codec_strike, sparkplug_birth, device_double;
ALTER TABLE latest SET (fillfactor = 70);
ALTER TABLE device SET (fillfactor = 70);
ALTER TABLE device_session SET (fillfactor = 70);
ALTER TABLE frame
    DROP COLUMN frequency,
    DROP COLUMN bandwidth,
    DROP COLUMN spreading_factor,
    DROP COLUMN data_rate;
