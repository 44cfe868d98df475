-- The street with the most lights among those that hang on some cabinets and on no other.
SELECT street.code
FROM light l
JOIN asset a ON a.id = l.asset_id AND a.valid_to IS NULL
JOIN street_section section ON section.asset_id = l.section_id
JOIN asset street ON street.id = section.street_id AND street.name <> ''
LEFT JOIN link direct ON direct.child_id = l.asset_id AND direct.role = 'supplies'
     AND direct.valid_to IS NULL
LEFT JOIN asset above ON above.id = direct.parent_id AND above.kind = 'feeder'
LEFT JOIN link feeder ON feeder.child_id = above.id AND feeder.role = 'supplies'
     AND feeder.valid_to IS NULL
GROUP BY street.code
HAVING bool_and(coalesce(feeder.parent_id, direct.parent_id, 0) = ANY(%(cabinet_ids)s))
ORDER BY count(*) DESC, street.code
LIMIT 1
