SELECT a.id, t.role, a.kind, a.code, a.name, a.longitude, a.latitude
FROM incident_asset t
JOIN incident i ON i.id = t.incident_id
JOIN asset a ON a.id = t.asset_id
WHERE i.code = %(code)s
ORDER BY t.role, a.id
