-- (A partitioned table cannot tell by xmax what an upsert did, so it is counted beforehand.)
WITH target AS MATERIALIZED (
    SELECT i.measured_at, d.id AS datastream_id, i.value, i.quality, o.value AS before
    FROM incoming_reading i
    JOIN asset a ON a.kind = i.asset_kind AND a.code = i.asset_code AND a.valid_to IS NULL
    JOIN datastream d
        ON d.asset_id = a.id AND d.property = i.property AND d.dev_eui IS NULL AND d.channel = 0
    LEFT JOIN observation o
        ON o.measured_at = i.measured_at AND o.datastream_id = d.id
),
written AS (
    INSERT INTO observation (measured_at, datastream_id, value, quality, codec_id)
    SELECT measured_at, datastream_id, value, quality, 0
    FROM target
    WHERE before IS DISTINCT FROM value
    ON CONFLICT (measured_at, datastream_id) DO UPDATE
    SET value = EXCLUDED.value, quality = EXCLUDED.quality
)
SELECT count(*) FILTER (WHERE before IS NULL),
       count(*) FILTER (WHERE before IS NOT NULL AND before IS DISTINCT FROM value),
       0
FROM target
