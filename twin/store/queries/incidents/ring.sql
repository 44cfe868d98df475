-- It asks for somebody anew: whoever had taken charge stands in the journal.
UPDATE incident
SET rang_at = %(at)s, acknowledged_at = NULL, acknowledged_by = NULL
WHERE id = %(id)s
