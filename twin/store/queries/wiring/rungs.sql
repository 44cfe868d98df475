-- How well the supply of each kind is known: its best link, by rung and source; none: null.
SELECT a.kind, best.rung, best.source, count(*), avg(best.confidence)::float8
FROM asset a
LEFT JOIN (
    SELECT DISTINCT ON (child_id) child_id, rung, source, confidence
    FROM link
    WHERE role = 'supplies' AND valid_to IS NULL
    ORDER BY child_id, (rung = 3), (source <> 'learnt_feeder'), rung, confidence DESC, parent_id
) best ON best.child_id = a.id
WHERE a.valid_to IS NULL AND a.kind IN ('streetlight', 'feeder', 'cabinet', 'gateway')
GROUP BY a.kind, best.rung, best.source
ORDER BY a.kind, best.rung NULLS LAST, best.source
