-- `light_place`: the section each light stands on, and what it answers for.
UPDATE light l
SET section_id = p.section_id, offset_m = p.offset_m, attributed_cm = p.attributed_cm
FROM light_place p
WHERE p.asset_id = l.asset_id
  AND (l.section_id, l.offset_m, l.attributed_cm)
    IS DISTINCT FROM (p.section_id, p.offset_m::real, p.attributed_cm)
