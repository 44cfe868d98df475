-- `wanted_link` is what the register, the cables and the positions say now. Links are never
-- overwritten: what no longer holds is closed. Links that events taught or that a person drew are
-- left alone.
UPDATE link l
SET valid_to = greatest(%(at)s, l.valid_from)
WHERE l.valid_to IS NULL AND l.source IN ('register', 'cable', 'nearest')
  AND NOT EXISTS (
      SELECT FROM wanted_link w
      WHERE w.child_id = l.child_id AND w.parent_id = l.parent_id AND w.role = l.role
        AND w.rung = l.rung AND w.source = l.source AND w.confidence::real = l.confidence)
