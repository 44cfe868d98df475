SELECT t.asset_id
FROM incident_asset t
WHERE t.incident_id = %(id)s AND t.role IN ('root', 'device')
ORDER BY t.asset_id
