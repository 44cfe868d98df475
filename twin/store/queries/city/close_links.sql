-- `wanted_link` is what the register, the cables and the positions say now. Links are never
-- overwritten: what no longer holds is closed. Links that events taught or that a person drew are
-- left alone, but for a feeder that events taught of a cabinet which the register no longer says.
-- (Two questions of their own: joined by OR, the first would be asked link by link of all the others.)
WITH gone AS (
    SELECT l.id
    FROM link l
    WHERE l.valid_to IS NULL AND l.source IN ('register', 'cable', 'nearest')
      AND NOT EXISTS (
          SELECT FROM wanted_link w
          WHERE w.child_id = l.child_id AND w.parent_id = l.parent_id AND w.role = l.role
            AND w.rung = l.rung AND w.source = l.source AND w.confidence::real = l.confidence)
    UNION ALL
    SELECT l.id
    FROM link l
    WHERE l.valid_to IS NULL AND l.source = 'learnt_feeder'  -- of a cabinet not its own any more
      AND EXISTS (
          SELECT FROM wanted_link w
          WHERE w.child_id = l.child_id AND w.role = l.role AND w.rung <= 2
            AND w.parent_id <> l.parent_id
            AND NOT EXISTS (
                SELECT FROM wanted_link up
                WHERE up.child_id = l.parent_id AND up.parent_id = w.parent_id
                  AND up.role = l.role))
)
UPDATE link l
SET valid_to = greatest(%(at)s, l.valid_from)
FROM gone
WHERE l.id = gone.id
