-- One row of arrays: devices heard since an instant; a thing with two devices comes twice.
SELECT array_agg(asset_id), array_agg(last_seen)
FROM device
WHERE asset_id IS NOT NULL AND last_seen > %(since)s
