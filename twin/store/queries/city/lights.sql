-- Of several possible suppliers a light shows the best known: the feeder that events taught of its
-- cabinet, else what is declared, else learnt (L4), else the likeliest of those guessed (L3); all are
-- in city/links.
SELECT a.id, i.idx, a.code, a.longitude, a.latitude,
       s.parent_id, s.confidence, s.rung,
       l.lamp_w, l.mains_w, l.technology,
       l.section_id, section.street_id, l.attributed_cm
FROM asset a
JOIN light l ON l.asset_id = a.id
LEFT JOIN light_index i ON i.asset_id = a.id
LEFT JOIN (
    SELECT DISTINCT ON (child_id) child_id, parent_id, confidence, rung
    FROM link
    WHERE role = 'supplies' AND valid_to IS NULL
    ORDER BY child_id, (rung = 3), (source <> 'learnt_feeder'), rung, confidence DESC, parent_id
) s ON s.child_id = a.id
LEFT JOIN street_section section ON section.asset_id = l.section_id
WHERE a.kind = 'streetlight' AND a.valid_to IS NULL
ORDER BY a.id
