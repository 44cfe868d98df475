-- Before a person's word is written: whatever was said of what feeds this thing holds no longer.
UPDATE link
SET valid_to = greatest(%(at)s, valid_from)
WHERE valid_to IS NULL AND role = 'supplies' AND child_id = %(child_id)s
