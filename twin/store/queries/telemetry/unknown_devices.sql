-- Devices that nobody registered, the last heard first.
SELECT dev_eui, network, name, profile, first_seen, last_seen
FROM device
WHERE NOT registered AND network <> 'gateway'
ORDER BY last_seen DESC NULLS LAST, dev_eui
LIMIT %(limit)s;
