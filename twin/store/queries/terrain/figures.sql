-- Grids of now; standing supply devices by how their ground is known.
SELECT (SELECT count(*) FROM terrain WHERE valid_to IS NULL),
       count(*) FILTER (WHERE d.ground_m_ngf IS NOT NULL AND t.id IS NULL),
       count(*) FILTER (WHERE t.error_m <= %(sure_m)s),
       count(*) FILTER (WHERE t.error_m > %(sure_m)s),
       count(*) FILTER (WHERE d.ground_m_ngf IS NULL)
FROM supply_device d
JOIN asset a ON a.id = d.asset_id AND a.valid_to IS NULL AND a.longitude IS NOT NULL
LEFT JOIN terrain t ON t.id = d.ground_terrain_id
