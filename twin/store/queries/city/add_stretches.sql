INSERT INTO stretch (section_id, length_cm, light_ids)
SELECT section_id, length_cm, light_ids
FROM incoming_stretch
WHERE NOT EXISTS (SELECT FROM stretch)
ORDER BY place
