-- The typed face of what stands in the properties of a watering zone, and its park and valve.
INSERT INTO hydrozone (asset_id, park_id, valve_id, plant_type, landscape_coefficient, soil_class,
                       field_capacity, wilting_point, root_depth_m, depletion_fraction, area_m2,
                       precipitation_mm_h, distribution_uniformity, intake_mm_h,
                       surface_allowance_mm)
SELECT a.id, park.parent_id, valve.parent_id, a.properties ->> 'plant_type',
       (a.properties ->> 'landscape_coefficient')::real, a.properties ->> 'soil_class',
       (a.properties ->> 'field_capacity')::real, (a.properties ->> 'wilting_point')::real,
       (a.properties ->> 'root_depth_m')::real, (a.properties ->> 'depletion_fraction')::real,
       (a.properties ->> 'area_m2')::real, (a.properties ->> 'precipitation_mm_h')::real,
       (a.properties ->> 'distribution_uniformity')::real,
       (a.properties ->> 'intake_mm_h')::real, (a.properties ->> 'surface_allowance_mm')::real
FROM asset a
JOIN link park
    ON park.child_id = a.id AND park.role = 'part_of' AND park.valid_to IS NULL
LEFT JOIN link valve
    ON valve.child_id = a.id AND valve.role = 'controls' AND valve.valid_to IS NULL
WHERE a.kind = 'hydrozone' AND a.valid_to IS NULL
  AND (a.properties ->> 'field_capacity')::real > (a.properties ->> 'wilting_point')::real
ON CONFLICT (asset_id) DO UPDATE
SET park_id = EXCLUDED.park_id, valve_id = EXCLUDED.valve_id, plant_type = EXCLUDED.plant_type,
    landscape_coefficient = EXCLUDED.landscape_coefficient, soil_class = EXCLUDED.soil_class,
    field_capacity = EXCLUDED.field_capacity, wilting_point = EXCLUDED.wilting_point,
    root_depth_m = EXCLUDED.root_depth_m, depletion_fraction = EXCLUDED.depletion_fraction,
    area_m2 = EXCLUDED.area_m2, precipitation_mm_h = EXCLUDED.precipitation_mm_h,
    distribution_uniformity = EXCLUDED.distribution_uniformity,
    intake_mm_h = EXCLUDED.intake_mm_h, surface_allowance_mm = EXCLUDED.surface_allowance_mm
