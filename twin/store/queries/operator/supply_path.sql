-- What feeds a thing, from the nearest device to the source; one parent a device: declared, else
-- learnt, else the likeliest guess.
WITH RECURSIVE up AS (
    SELECT 0 AS step, %(asset_id)s::bigint AS id, NULL::real AS confidence, NULL::smallint AS rung
    UNION ALL
    SELECT up.step + 1, parent.parent_id, parent.confidence, parent.rung
    FROM up
    CROSS JOIN LATERAL (
        SELECT l.parent_id, l.confidence, l.rung
        FROM link l
        WHERE l.child_id = up.id AND l.role = 'supplies' AND l.valid_to IS NULL
        ORDER BY (l.rung = 3), (l.source <> 'learnt_feeder'), l.rung, l.confidence DESC, l.parent_id
        LIMIT 1
    ) parent
    WHERE up.step < 16
)
SELECT a.kind, a.code, a.name, up.confidence, up.rung, coalesce(s.state, 'normal')
FROM up
JOIN asset a ON a.id = up.id
LEFT JOIN supply_state s ON s.asset_id = a.id
WHERE up.step > 0
ORDER BY up.step;
