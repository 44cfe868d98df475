-- One row of arrays: things that a person inspected, and when last.
SELECT array_agg(asset_id), array_agg(at)
FROM (
    SELECT (detail ->> 'asset_id')::bigint AS asset_id, max(at) AS at
    FROM audit
    WHERE act = 'inspection'
    GROUP BY detail ->> 'asset_id'
) last
WHERE asset_id IS NOT NULL
