-- `wanted_link` is what events teach now: learnt links that no longer hold, or whose confidence has
-- moved by more than a hundredth, are closed. Whatever the register, a plan or a person says stays.
UPDATE link l
SET valid_to = greatest(%(at)s, l.valid_from)
WHERE l.valid_to IS NULL AND l.source IN ('learnt', 'learnt_feeder') AND l.role = 'supplies'
  AND NOT EXISTS (
      SELECT FROM wanted_link w
      WHERE w.child_id = l.child_id AND w.parent_id = l.parent_id AND w.role = l.role
        AND w.source = l.source AND abs(w.confidence - l.confidence) <= 0.01)
