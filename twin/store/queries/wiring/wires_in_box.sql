-- Lights of every supplier that feeds one in a box, each with how its link is known: with its
-- supplier's own, where that hangs under something that has a place, the weaker of the two. Known
-- (rungs 0 to 2) before learnt (4) before guessed (3).
WITH best AS MATERIALIZED (
    SELECT link.*
    FROM asset a
    JOIN LATERAL (
        SELECT l.parent_id
        FROM link l
        WHERE l.child_id = a.id AND l.role = 'supplies' AND l.valid_to IS NULL
        ORDER BY (l.rung = 3), (l.source <> 'learnt_feeder'), l.rung, l.confidence DESC, l.parent_id
        LIMIT 1
    ) link ON true
    WHERE a.kind = 'streetlight' AND a.valid_to IS NULL
      AND a.longitude BETWEEN %(west)s AND %(east)s
      AND a.latitude BETWEEN %(south)s AND %(north)s
), supplier AS (
    SELECT DISTINCT parent_id FROM best
), wired AS (
    SELECT a.longitude, a.latitude, link.parent_id, link.rung, link.confidence
    FROM supplier s
    JOIN link below ON below.parent_id = s.parent_id AND below.role = 'supplies'
                   AND below.valid_to IS NULL
    JOIN asset a ON a.id = below.child_id AND a.kind = 'streetlight' AND a.valid_to IS NULL
                AND a.longitude IS NOT NULL
    JOIN LATERAL (
        SELECT l.parent_id, l.rung, l.confidence
        FROM link l
        WHERE l.child_id = a.id AND l.role = 'supplies' AND l.valid_to IS NULL
        ORDER BY (l.rung = 3), (l.source <> 'learnt_feeder'), l.rung, l.confidence DESC, l.parent_id
        LIMIT 1
    ) link ON link.parent_id = s.parent_id
    LIMIT %(most)s
)
SELECT w.longitude, w.latitude, w.parent_id,
       coalesce(p.longitude, site.longitude), coalesce(p.latitude, site.latitude),
       CASE WHEN 3 IN (w.rung, up.rung) THEN 3 WHEN 4 IN (w.rung, up.rung) THEN 4
            ELSE greatest(w.rung, up.rung) END,
       (w.confidence * coalesce(up.confidence, 1))::float8
FROM wired w
JOIN asset p ON p.id = w.parent_id
LEFT JOIN LATERAL (
    SELECT l.parent_id, l.rung, l.confidence
    FROM link l
    WHERE p.longitude IS NULL AND l.child_id = p.id AND l.role = 'supplies' AND l.valid_to IS NULL
    ORDER BY (l.rung = 3), (l.source <> 'learnt_feeder'), l.rung, l.confidence DESC, l.parent_id
    LIMIT 1
) up ON true
LEFT JOIN asset site ON site.id = up.parent_id
ORDER BY w.parent_id
