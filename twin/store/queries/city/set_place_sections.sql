INSERT INTO place_section (asset_id, section_id, distance_m)
SELECT asset_id, section_id, distance_m FROM incoming_place
ON CONFLICT (asset_id) DO UPDATE
SET section_id = EXCLUDED.section_id, distance_m = EXCLUDED.distance_m
WHERE (place_section.section_id, place_section.distance_m)
    IS DISTINCT FROM (EXCLUDED.section_id, EXCLUDED.distance_m::real)
