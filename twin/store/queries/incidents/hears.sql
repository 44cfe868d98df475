-- Who is heard by whom: declared, and learnt from the last frames of each device.
SELECT l.parent_id, l.child_id
FROM link l
WHERE l.role = 'hears' AND l.valid_to IS NULL
UNION
SELECT gateway.asset_id, d.asset_id
FROM device d
CROSS JOIN LATERAL (
    SELECT f.receptions FROM frame f
    WHERE f.dev_eui = d.dev_eui AND f.event_at > %(since)s
    ORDER BY f.event_at DESC
    LIMIT 4
) last
CROSS JOIN LATERAL regexp_split_to_table(convert_from(last.receptions, 'UTF8'), E'\n') copy
CROSS JOIN LATERAL jsonb_array_elements(
    CASE WHEN left(copy, 1) = '[' THEN copy::jsonb ELSE '[]' END) reception
JOIN device gateway ON gateway.network = 'gateway' AND gateway.asset_id IS NOT NULL
    AND gateway.dev_eui = lower(coalesce(reception ->> 'gatewayId', reception ->> 'gatewayID'))
WHERE d.asset_id IS NOT NULL
