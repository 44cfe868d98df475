UPDATE link l
SET valid_to = greatest(%(at)s, l.valid_from)
FROM asset a
WHERE l.valid_to IS NULL AND a.valid_to IS NOT NULL AND a.id IN (l.child_id, l.parent_id)
