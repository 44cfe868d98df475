-- Stretches have no life of their own: where they differ from `incoming_stretch`, all are replaced.
WITH same AS (
    SELECT (SELECT count(*) FROM stretch) = (SELECT count(*) FROM incoming_stretch)
       AND NOT EXISTS (
           SELECT section_id, length_cm, light_ids FROM incoming_stretch
           EXCEPT ALL
           SELECT section_id, length_cm, light_ids FROM stretch) AS alike
)
DELETE FROM stretch WHERE NOT (SELECT alike FROM same)
