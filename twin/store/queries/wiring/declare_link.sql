INSERT INTO link (child_id, parent_id, role, rung, source, confidence, valid_from)
VALUES (%(child_id)s, %(parent_id)s, 'supplies', 0, 'manual', 1, %(at)s)
