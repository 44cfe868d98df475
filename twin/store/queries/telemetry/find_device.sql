-- Devices that somebody may mean: by identifier, name, or the code of what they are attached to.
SELECT d.dev_eui
FROM device d
LEFT JOIN asset a ON a.id = d.asset_id
WHERE d.dev_eui = %(wanted)s OR lower(d.name) = %(wanted)s OR lower(a.code) = %(wanted)s
ORDER BY d.dev_eui <> %(wanted)s, d.last_seen DESC NULLS LAST
LIMIT 1;
