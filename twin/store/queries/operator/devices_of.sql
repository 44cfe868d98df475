-- The devices that watch a thing.
SELECT dev_eui, name, profile, network, interval_s, last_seen
FROM device
WHERE asset_id = %(asset_id)s
ORDER BY dev_eui;
