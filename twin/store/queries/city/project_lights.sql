-- The typed face of what stands in the properties of a light, and where `light_place` says that it
-- stands: its section, its place along it, what it answers for.
INSERT INTO light (asset_id, technology, lamp_w, mains_w, lamp_text, section_id, offset_m,
                   attributed_cm)
SELECT a.id, a.properties ->> 'technology', (a.properties ->> 'lamp_w')::real,
       (a.properties ->> 'mains_w')::real, coalesce(a.properties ->> 'lamp_text', ''),
       p.section_id, p.offset_m, coalesce(p.attributed_cm, 0)
FROM asset a
LEFT JOIN light_place p ON p.asset_id = a.id
WHERE a.kind = 'streetlight' AND a.valid_to IS NULL
ORDER BY a.id
ON CONFLICT (asset_id) DO UPDATE
SET technology = EXCLUDED.technology, lamp_w = EXCLUDED.lamp_w, mains_w = EXCLUDED.mains_w,
    lamp_text = EXCLUDED.lamp_text, section_id = EXCLUDED.section_id,
    offset_m = EXCLUDED.offset_m, attributed_cm = EXCLUDED.attributed_cm
WHERE (light.technology, light.lamp_w, light.mains_w, light.lamp_text, light.section_id,
       light.offset_m, light.attributed_cm)
    IS DISTINCT FROM (EXCLUDED.technology, EXCLUDED.lamp_w, EXCLUDED.mains_w, EXCLUDED.lamp_text,
                      EXCLUDED.section_id, EXCLUDED.offset_m, EXCLUDED.attributed_cm)
