-- Cabinets that feed a street: how many of their lights, and of their watts, stand in it. The watts
-- of a cabinet are null as soon as those of one of its lights are not known.
WITH fed AS (
    SELECT l.asset_id, l.mains_w, section.street_id,
           coalesce(feeder.parent_id, direct.parent_id) AS cabinet_id
    FROM light l
    JOIN asset a ON a.id = l.asset_id AND a.valid_to IS NULL
    LEFT JOIN street_section section ON section.asset_id = l.section_id
    LEFT JOIN link direct ON direct.child_id = l.asset_id AND direct.role = 'supplies'
         AND direct.valid_to IS NULL
    LEFT JOIN asset above ON above.id = direct.parent_id AND above.kind = 'feeder'
    LEFT JOIN link feeder ON feeder.child_id = above.id AND feeder.role = 'supplies'
         AND feeder.valid_to IS NULL
)
SELECT fed.cabinet_id, cabinet.code,
       count(*) FILTER (WHERE fed.street_id = %(street_id)s),
       count(*),
       CASE WHEN count(fed.mains_w) = count(*)
            THEN sum(fed.mains_w::float8) FILTER (WHERE fed.street_id = %(street_id)s) END,
       CASE WHEN count(fed.mains_w) = count(*) THEN sum(fed.mains_w::float8) END
FROM fed
LEFT JOIN asset cabinet ON cabinet.id = fed.cabinet_id
GROUP BY fed.cabinet_id, cabinet.code
HAVING count(*) FILTER (WHERE fed.street_id = %(street_id)s) > 0
ORDER BY 3 DESC, cabinet.code
