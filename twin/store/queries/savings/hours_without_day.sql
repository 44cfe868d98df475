-- Hourly energy of local days that have no energy of their own yet, up to an instant.
WITH hours AS MATERIALIZED (
    SELECT s.asset_id, o.measured_at, o.value,
           date_trunc('day', o.measured_at, %(timezone)s) AS midnight
    FROM datastream s
    JOIN asset a ON a.id = s.asset_id AND a.kind IN ('cabinet', 'building')
    JOIN observation o ON o.datastream_id = s.id
    WHERE s.property = 'hourly_energy' AND o.quality & 1 = 0 AND o.measured_at < %(end)s
),
days AS MATERIALIZED (
    SELECT DISTINCT s.asset_id, o.measured_at AS midnight
    FROM datastream s
    JOIN observation o ON o.datastream_id = s.id
    WHERE s.property = 'daily_energy'
      AND s.asset_id IN (SELECT asset_id FROM datastream WHERE property = 'hourly_energy')
)
SELECT h.asset_id, h.measured_at, h.value
FROM hours h
LEFT JOIN days d ON d.asset_id = h.asset_id AND d.midnight = h.midnight
WHERE d.midnight IS NULL
ORDER BY 1, 2;
