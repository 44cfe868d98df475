SELECT d.asset_id, max(d.last_seen)
FROM device d
WHERE d.asset_id IS NOT NULL AND d.last_seen > %(since)s
GROUP BY d.asset_id
ORDER BY d.asset_id
