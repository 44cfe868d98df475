-- A guess at the same parent gives way to what was learnt: one pair has one link at a time.
UPDATE link l
SET valid_to = greatest(%(at)s, l.valid_from)
FROM wanted_link w
WHERE l.valid_to IS NULL AND l.source = 'nearest'
  AND l.child_id = w.child_id AND l.parent_id = w.parent_id AND l.role = w.role
