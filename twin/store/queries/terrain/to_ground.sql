-- Supply devices that stand somewhere, and of whose ground no register tells.
SELECT d.asset_id, a.longitude, a.latitude
FROM supply_device d
JOIN asset a ON a.id = d.asset_id AND a.valid_to IS NULL
WHERE a.longitude IS NOT NULL AND NOT a.properties ? 'ground_m_ngf'
ORDER BY d.asset_id
