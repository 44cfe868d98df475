-- New devices in, by key so that two workers cannot wait for each other; what the register left
-- blank is filled in from the network. A list of receptions is no network that a device can be
-- reached by: another one takes its place.
INSERT INTO device AS d (dev_eui, network, name, profile, application, interval_s, asset_id)
SELECT m.dev_eui, m.network, m.name, m.profile, m.application, nullif(m.interval_s, 0), g.id
FROM unnest(%(dev_euis)s::text[], %(networks)s::text[], %(names)s::text[], %(profiles)s::text[],
            %(applications)s::text[], %(intervals)s::integer[])
     AS m (dev_eui, network, name, profile, application, interval_s)
LEFT JOIN asset g ON m.network = 'gateway' AND g.kind = 'gateway' AND g.code = m.dev_eui
                 AND g.valid_to IS NULL
ORDER BY m.dev_eui
ON CONFLICT (dev_eui) DO UPDATE SET
    network = CASE WHEN d.network IN ('', 'reception_export') THEN EXCLUDED.network
                   ELSE d.network END,
    name = coalesce(nullif(d.name, ''), EXCLUDED.name),
    profile = coalesce(nullif(d.profile, ''), EXCLUDED.profile),
    application = coalesce(nullif(d.application, ''), EXCLUDED.application),
    interval_s = coalesce(d.interval_s, EXCLUDED.interval_s)
WHERE '' IN (d.network, d.name, d.profile, d.application) OR d.interval_s IS NULL;
