-- The latch of one supply device, what it is, and how many lights hang under it.
WITH RECURSIVE under AS (
    SELECT %(asset_id)s::bigint AS id
    UNION
    SELECT l.child_id FROM link l JOIN under ON l.parent_id = under.id
    WHERE l.role = 'supplies' AND l.valid_to IS NULL
)
SELECT coalesce(s.state, 'normal'), s.since, coalesce(s.reason, ''), coalesce(s.basis, ''),
       s.probability, d.plinth_m, d.plinth_source, d.ground_m_ngf, t.code, t.error_m, d.regime, d.rated_kw,
       (SELECT count(*) FROM under JOIN light ON light.asset_id = under.id),
       (SELECT count(*) FROM under JOIN light_state st ON st.asset_id = under.id
        WHERE st.state IN (2, 3))
FROM supply_device d
LEFT JOIN supply_state s ON s.asset_id = d.asset_id
LEFT JOIN terrain t ON t.id = d.ground_terrain_id
WHERE d.asset_id = %(asset_id)s;
