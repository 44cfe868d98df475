-- Days that were not read yet; a day that was read stays as it was.
INSERT INTO observation (measured_at, datastream_id, value, quality, codec_id)
SELECT i.measured_at, s.id, i.kwh, 0, 0
FROM incoming_daily i
JOIN datastream s ON s.asset_id = i.asset_id AND s.property = 'daily_energy' AND s.channel = 0
     AND s.dev_eui IS NULL
WHERE NOT EXISTS (
    SELECT FROM datastream other JOIN observation o ON o.datastream_id = other.id
    WHERE other.asset_id = i.asset_id AND other.property = 'daily_energy'
      AND o.measured_at = i.measured_at)
ON CONFLICT DO NOTHING;
