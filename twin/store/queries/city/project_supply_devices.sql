-- The typed face of what stands in the properties of a supply device. A feeder is switched like
-- its cabinet unless the register says otherwise. A ground that no register tells is left to the grids
-- of heights (terrain/set_ground).
INSERT INTO supply_device (asset_id, plinth_m, plinth_source, ground_m_ngf, regime, rated_kw)
SELECT a.id, (a.properties ->> 'plinth_m')::real,
       CASE WHEN a.properties ? 'plinth_m'
            THEN coalesce(a.properties ->> 'plinth_source', 'plan') ELSE 'unknown' END,
       (a.properties ->> 'ground_m_ngf')::real,
       coalesce(a.properties ->> 'regime', cabinet.properties ->> 'regime', 'night'),
       (a.properties ->> 'rated_kw')::real
FROM asset a
LEFT JOIN asset cabinet
    ON a.kind = 'feeder' AND cabinet.kind = 'cabinet' AND cabinet.valid_to IS NULL
    AND cabinet.code = a.properties ->> 'cabinet'
WHERE a.kind IN ('substation', 'cabinet', 'feeder') AND a.valid_to IS NULL
ON CONFLICT (asset_id) DO UPDATE
SET plinth_m = EXCLUDED.plinth_m, plinth_source = EXCLUDED.plinth_source,
    ground_m_ngf = coalesce(EXCLUDED.ground_m_ngf, supply_device.ground_m_ngf),
    ground_terrain_id = CASE WHEN EXCLUDED.ground_m_ngf IS NULL
                             THEN supply_device.ground_terrain_id END,
    regime = EXCLUDED.regime, rated_kw = EXCLUDED.rated_kw
WHERE (supply_device.plinth_m, supply_device.plinth_source, supply_device.regime,
       supply_device.rated_kw)
    IS DISTINCT FROM (EXCLUDED.plinth_m, EXCLUDED.plinth_source, EXCLUDED.regime,
                      EXCLUDED.rated_kw)
   OR EXCLUDED.ground_m_ngf IS NOT NULL
      AND (supply_device.ground_m_ngf, supply_device.ground_terrain_id)
          IS DISTINCT FROM (EXCLUDED.ground_m_ngf, NULL::integer)
