-- Buildings that an open incident has in the water.
SELECT DISTINCT a.code, a.name, a.geom
FROM incident_asset t
JOIN incident i ON i.id = t.incident_id AND i.status <> 'closed'
JOIN asset a ON a.id = t.asset_id
WHERE t.role = 'building' AND a.geom IS NOT NULL
ORDER BY a.code;
