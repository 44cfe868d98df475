-- Every zone as it is: its soil, its sprinklers, its valve and that valve's device, its water.
SELECT h.asset_id, z.code, z.name, p.id, p.code, p.name, h.plant_type, h.soil_class,
       h.landscape_coefficient::float8, h.field_capacity::float8, h.wilting_point::float8,
       h.root_depth_m::float8, h.depletion_fraction::float8, h.area_m2::float8,
       h.precipitation_mm_h::float8, h.distribution_uniformity::float8, h.intake_mm_h::float8,
       h.surface_allowance_mm::float8, h.valve_id, v.code, d.dev_eui,
       w.id, w.code, (w.properties ->> 'capacity_m3_h')::float8
FROM hydrozone h
JOIN asset z ON z.id = h.asset_id AND z.valid_to IS NULL
JOIN asset p ON p.id = h.park_id
LEFT JOIN asset v ON v.id = h.valve_id AND v.valid_to IS NULL
LEFT JOIN LATERAL (
    SELECT dev_eui FROM device WHERE asset_id = v.id ORDER BY last_seen DESC NULLS LAST, dev_eui
    LIMIT 1
) d ON true
LEFT JOIN link fed ON fed.child_id = v.id AND fed.role = 'part_of' AND fed.valid_to IS NULL
LEFT JOIN asset w ON w.id = fed.parent_id AND w.kind = 'point_of_connection'
ORDER BY p.code, z.code;
