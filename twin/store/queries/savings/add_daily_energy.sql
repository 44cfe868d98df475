-- Days that were not read yet; a day that was read stays as it was.
WITH days AS MATERIALIZED (
    SELECT DISTINCT s.asset_id, o.measured_at
    FROM datastream s
    JOIN observation o ON o.datastream_id = s.id
    WHERE s.property = 'daily_energy'
      AND s.asset_id IN (SELECT asset_id FROM incoming_daily)
      AND o.measured_at >= (SELECT min(measured_at) FROM incoming_daily)
      AND o.measured_at <= (SELECT max(measured_at) FROM incoming_daily)
)
INSERT INTO observation (measured_at, datastream_id, value, quality, codec_id)
SELECT i.measured_at, s.id, i.kwh, 0, 0
FROM incoming_daily i
JOIN datastream s ON s.asset_id = i.asset_id AND s.property = 'daily_energy' AND s.channel = 0
     AND s.dev_eui IS NULL
LEFT JOIN days d ON d.asset_id = i.asset_id AND d.measured_at = i.measured_at
WHERE d.measured_at IS NULL
ON CONFLICT DO NOTHING;
