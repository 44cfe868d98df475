-- The typed face of what stands in the properties of a light.
INSERT INTO light (asset_id, technology, lamp_w, mains_w, lamp_text)
SELECT id, properties ->> 'technology', (properties ->> 'lamp_w')::real,
       (properties ->> 'mains_w')::real, coalesce(properties ->> 'lamp_text', '')
FROM asset
WHERE kind = 'streetlight' AND valid_to IS NULL
ON CONFLICT (asset_id) DO UPDATE
SET technology = EXCLUDED.technology, lamp_w = EXCLUDED.lamp_w, mains_w = EXCLUDED.mains_w,
    lamp_text = EXCLUDED.lamp_text
WHERE (light.technology, light.lamp_w, light.mains_w, light.lamp_text)
    IS DISTINCT FROM (EXCLUDED.technology, EXCLUDED.lamp_w, EXCLUDED.mains_w, EXCLUDED.lamp_text)
