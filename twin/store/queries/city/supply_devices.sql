SELECT a.id, a.kind, a.code, a.name, a.longitude, a.latitude,
       s.parent_id, coalesce(s.confidence, 1), coalesce(s.rung, 0),
       d.plinth_m, coalesce(d.plinth_source, 'unknown'), d.ground_m_ngf, t.error_m,
       coalesce(d.regime, 'night'), d.rated_kw,
       coalesce(a.properties ->> 'street', parent.properties ->> 'street', '')
FROM asset a
LEFT JOIN supply_device d ON d.asset_id = a.id
LEFT JOIN terrain t ON t.id = d.ground_terrain_id
LEFT JOIN (
    SELECT DISTINCT ON (child_id) child_id, parent_id, confidence, rung
    FROM link
    WHERE role = 'supplies' AND valid_to IS NULL
    ORDER BY child_id, (rung = 3), (source <> 'learnt_feeder'), rung, confidence DESC, parent_id
) s ON s.child_id = a.id
LEFT JOIN asset parent ON parent.id = s.parent_id AND a.kind = 'feeder'
WHERE a.kind IN ('substation', 'cabinet', 'feeder') AND a.valid_to IS NULL
ORDER BY a.id
