-- Hourly energy of local days that have no energy of their own yet, up to an instant.
SELECT s.asset_id, o.measured_at, o.value
FROM datastream s
JOIN asset a ON a.id = s.asset_id AND a.kind IN ('cabinet', 'building')
JOIN observation o ON o.datastream_id = s.id
WHERE s.property = 'hourly_energy' AND o.quality & 1 = 0 AND o.measured_at < %(end)s
  AND NOT EXISTS (
      SELECT FROM datastream d JOIN observation day ON day.datastream_id = d.id
      WHERE d.asset_id = s.asset_id AND d.property = 'daily_energy'
        AND day.measured_at = date_trunc('day', o.measured_at, %(timezone)s))
ORDER BY 1, 2;
