-- What the trip rule and the schedule know of each supply device.
SELECT d.asset_id, d.plinth_m, d.plinth_source, d.ground_m_ngf, t.error_m, d.regime, d.rated_kw
FROM supply_device d
LEFT JOIN terrain t ON t.id = d.ground_terrain_id
JOIN asset a ON a.id = d.asset_id AND a.kind = %(kind)s AND a.valid_to IS NULL
