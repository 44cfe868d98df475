-- Devices of things of the city, and when each was last heard.
SELECT dev_eui, asset_id, last_seen
FROM device
WHERE asset_id IS NOT NULL
ORDER BY dev_eui
