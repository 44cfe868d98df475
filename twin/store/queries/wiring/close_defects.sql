-- `found_defect` is what is wrong now: what is no longer, of the defects looked for, is forgotten.
DELETE FROM wiring_defect d
WHERE d.defect = ANY(%(defects)s) AND NOT EXISTS (
    SELECT FROM found_defect f WHERE f.asset_id = d.asset_id AND f.defect = d.defect)
