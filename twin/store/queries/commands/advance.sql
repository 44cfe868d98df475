-- One step forward; nothing where the order is not in one of the states it may come from.
UPDATE command
SET state = %(state)s, state_at = %(at)s, reason = %(reason)s
WHERE id = %(id)s AND state = ANY(%(allowed)s)
RETURNING id;
