DROP TABLE codec_strike, sparkplug_birth, device_double;
ALTER TABLE frame
    DROP COLUMN frequency,
    DROP COLUMN bandwidth,
    DROP COLUMN spreading_factor,
    DROP COLUMN data_rate;
