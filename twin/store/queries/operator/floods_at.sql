-- Floods that had water at an instant, each with its newest extent of then.
SELECT f.id AS flood_id, f.simulated, e.id AS extent_id
FROM flood f
CROSS JOIN LATERAL (
    SELECT x.id FROM flood_extent x
    WHERE x.flood_id = f.id AND x.observed_at <= %(at)s
    ORDER BY x.observed_at DESC LIMIT 1
) e
WHERE f.ended_at IS NULL OR f.ended_at > %(at)s
ORDER BY f.id;
