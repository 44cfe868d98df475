-- After wiring/close_defects: what is new, and what has changed; the first date is kept.
INSERT INTO wiring_defect (asset_id, defect, detail, facts, longitude, latitude, found_at)
SELECT asset_id, defect, detail, facts, longitude, latitude, %(at)s
FROM found_defect
ON CONFLICT (asset_id, defect) DO UPDATE
SET detail = EXCLUDED.detail, facts = EXCLUDED.facts, longitude = EXCLUDED.longitude, latitude = EXCLUDED.latitude
WHERE (wiring_defect.detail, wiring_defect.facts, wiring_defect.longitude, wiring_defect.latitude)
    IS DISTINCT FROM (EXCLUDED.detail, EXCLUDED.facts, EXCLUDED.longitude, EXCLUDED.latitude)
