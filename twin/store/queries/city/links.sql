SELECT child_id, parent_id, confidence, rung
FROM link
WHERE role = %(role)s AND valid_to IS NULL
ORDER BY child_id, (rung = 3), (source <> 'learnt_feeder'), rung, confidence DESC, parent_id
