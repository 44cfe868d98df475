-- The likeliest supplier of each thing of a kind, and how that is known.
SELECT DISTINCT ON (k.child_id) k.child_id, p.kind, p.code, k.confidence, k.rung
FROM link k
JOIN asset a ON a.id = k.child_id AND a.kind = %(kind)s AND a.valid_to IS NULL
JOIN asset p ON p.id = k.parent_id
WHERE k.role = 'supplies' AND k.valid_to IS NULL
ORDER BY k.child_id, (k.rung = 3), (k.source <> 'learnt_feeder'), k.rung, k.confidence DESC, k.parent_id
