-- A series of daily energy for each asset that gets its first day.
INSERT INTO datastream (asset_id, property, channel, unit)
SELECT DISTINCT asset_id, 'daily_energy', 0, 'kWh' FROM incoming_daily
ON CONFLICT DO NOTHING;
