-- After city/close_links: what `wanted_link` holds and the store does not.
INSERT INTO link (child_id, parent_id, role, rung, source, confidence, valid_from)
SELECT w.child_id, w.parent_id, w.role, w.rung, w.source, w.confidence, %(at)s
FROM wanted_link w
WHERE NOT EXISTS (
    SELECT FROM link l
    WHERE l.valid_to IS NULL AND l.child_id = w.child_id AND l.parent_id = w.parent_id
      AND l.role = w.role)
