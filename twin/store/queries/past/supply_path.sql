-- What fed a thing at an instant, from the nearest device to the source, each as it was known then;
-- as operator/supply_path does for now.
WITH RECURSIVE up AS (
    SELECT 0 AS step, %(asset_id)s::bigint AS id, NULL::real AS confidence, NULL::smallint AS rung
    UNION ALL
    SELECT up.step + 1, parent.parent_id, parent.confidence, parent.rung
    FROM up
    CROSS JOIN LATERAL (
        SELECT l.parent_id, l.confidence, l.rung
        FROM link l
        WHERE l.child_id = up.id AND l.role = 'supplies' AND l.valid_from <= %(at)s
          AND (l.valid_to IS NULL OR l.valid_to > %(at)s)
        ORDER BY (l.rung = 3), (l.source <> 'learnt_feeder'), l.rung, l.confidence DESC, l.parent_id
        LIMIT 1
    ) parent
    WHERE up.step < 16
)
SELECT a.kind, a.code, a.name, up.confidence, up.rung, coalesce(latch.state, 'normal')
FROM up
JOIN asset a ON a.id = up.id
LEFT JOIN LATERAL (
    SELECT state FROM supply_event
    WHERE asset_id = up.id AND at <= %(at)s
    ORDER BY at DESC, id DESC LIMIT 1
) latch ON true
WHERE up.step > 0
ORDER BY up.step;
