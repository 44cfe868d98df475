-- What is there already is read once for the streams concerned: looking each row up would open
-- every partition for each of them.
WITH there AS MATERIALIZED (
    SELECT o.measured_at, o.datastream_id, o.value
    FROM observation o
    WHERE o.datastream_id = ANY(ARRAY(SELECT DISTINCT datastream_id FROM target_reading))
),
compared AS MATERIALIZED (
    SELECT t.*, there.value AS before
    FROM target_reading t
    LEFT JOIN there USING (measured_at, datastream_id)
),
written AS (
    INSERT INTO observation (measured_at, datastream_id, value, quality, codec_id)
    SELECT measured_at, datastream_id, value, quality, 0
    FROM compared
    WHERE before IS DISTINCT FROM value
    ON CONFLICT (measured_at, datastream_id) DO UPDATE
    SET value = EXCLUDED.value, quality = EXCLUDED.quality
)
SELECT count(*) FILTER (WHERE before IS NULL),
       count(*) FILTER (WHERE before IS NOT NULL AND before IS DISTINCT FROM value),
       0
FROM compared
