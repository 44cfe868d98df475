-- The supplier of each thing of a kind at some moment of a period: the newest link, then the likeliest.
SELECT DISTINCT ON (k.child_id) k.child_id, p.kind, p.code, k.confidence, k.rung
FROM link k
JOIN asset a ON a.id = k.child_id AND a.kind = %(kind)s
JOIN asset p ON p.id = k.parent_id
WHERE k.role = 'supplies'
  AND k.valid_from <= coalesce(%(end)s::timestamptz, 'infinity')
  AND (k.valid_to IS NULL OR k.valid_to > coalesce(%(start)s::timestamptz, '-infinity'))
ORDER BY k.child_id,
         least(coalesce(k.valid_to, 'infinity'), coalesce(%(end)s::timestamptz, 'infinity')) DESC,
         (k.rung = 3), (k.source <> 'learnt_feeder'), k.rung, k.confidence DESC, k.parent_id
