-- All datastreams of devices, as they are attached now.
SELECT s.dev_eui, s.property, s.channel, s.id
FROM datastream s
JOIN device d ON d.dev_eui = s.dev_eui AND d.asset_id IS NOT DISTINCT FROM s.asset_id
WHERE s.dev_eui = ANY(%(dev_euis)s) AND d.dev_eui = ANY(%(dev_euis)s);
