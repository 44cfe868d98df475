CREATE TEMPORARY TABLE target_reading ON COMMIT DROP AS
SELECT i.measured_at, d.id AS datastream_id, i.value, i.quality
FROM incoming_reading i
JOIN asset a ON a.kind = i.asset_kind AND a.code = i.asset_code AND a.valid_to IS NULL
JOIN datastream d
    ON d.asset_id = a.id AND d.property = i.property AND d.dev_eui IS NULL AND d.channel = 0
