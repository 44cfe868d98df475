-- Supply links that hold now, with where each comes from.
SELECT child_id, parent_id, role, rung, source, confidence::float8
FROM link
WHERE role = 'supplies' AND valid_to IS NULL
ORDER BY child_id, (rung = 3), (source <> 'learnt_feeder'), rung, confidence DESC, parent_id
