INSERT INTO incident_asset (incident_id, asset_id, role)
SELECT %(id)s, t.asset_id, t.role
FROM unnest(%(assets)s::bigint[], %(roles)s::text[]) t(asset_id, role)
JOIN asset a ON a.id = t.asset_id
ON CONFLICT DO NOTHING
