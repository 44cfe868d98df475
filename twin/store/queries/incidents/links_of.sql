-- As city/links, of some things only.
SELECT child_id, parent_id, confidence, rung
FROM link
WHERE role = 'supplies' AND valid_to IS NULL AND child_id = ANY(%(children)s::bigint[])
ORDER BY child_id, (rung = 3), rung, confidence DESC, parent_id
