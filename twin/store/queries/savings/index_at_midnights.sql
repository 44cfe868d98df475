-- Last index of each meter in the hour before each of these midnights; the sum of its phases.
SELECT s.asset_id, m.midnight, o.value
FROM unnest(%(midnights)s::timestamptz[]) AS m(midnight)
JOIN datastream s ON s.property = 'active_energy' AND s.channel = 0
JOIN asset a ON a.id = s.asset_id AND a.kind IN ('cabinet', 'building')
CROSS JOIN LATERAL (
    SELECT value FROM observation
    WHERE datastream_id = s.id AND quality & 1 = 0
      AND measured_at > m.midnight - INTERVAL '1 hour' AND measured_at <= m.midnight
    ORDER BY measured_at DESC LIMIT 1
) o
ORDER BY 1, 2;
