-- `incoming_device`: registered devices. One met in the stream before becomes registered.
WITH wanted AS (
    SELECT i.*, a.id AS asset_id
    FROM incoming_device i
    LEFT JOIN asset a
        ON a.kind = i.asset_kind AND a.code = i.asset_code AND a.valid_to IS NULL
),
written AS (
    INSERT INTO device (dev_eui, network, name, profile, application, asset_id, interval_s,
                        registered)
    SELECT dev_eui, network, name, profile, application, asset_id, interval_s, true FROM wanted
    ON CONFLICT (dev_eui) DO UPDATE
    SET network = EXCLUDED.network, name = EXCLUDED.name, profile = EXCLUDED.profile,
        application = EXCLUDED.application, asset_id = EXCLUDED.asset_id,
        interval_s = EXCLUDED.interval_s, registered = true
    WHERE (device.network, device.name, device.profile, device.application, device.asset_id,
           device.interval_s, device.registered)
        IS DISTINCT FROM (EXCLUDED.network, EXCLUDED.name, EXCLUDED.profile,
                          EXCLUDED.application, EXCLUDED.asset_id, EXCLUDED.interval_s, true)
    RETURNING (xmax = 0) AS added
)
SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added), 0 FROM written
