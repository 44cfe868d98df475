SELECT d.dev_eui, d.network, d.profile, d.application,
       d.asset_id, a.kind, a.code, d.interval_s, d.last_seen
FROM device d
LEFT JOIN asset a ON a.id = d.asset_id
ORDER BY d.dev_eui
