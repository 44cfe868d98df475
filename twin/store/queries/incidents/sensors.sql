-- Things that devices watch, gateways apart, with what feeds them: a meter in a cabinet dies with it.
SELECT a.id, a.kind, min(d.interval_s), max(d.last_seen),
       (SELECT s.imported_at FROM dataset s WHERE s.id = a.dataset_id),
       CASE WHEN a.kind IN ('substation', 'cabinet', 'feeder') THEN a.id
            ELSE (SELECT s.parent_id FROM link s
                  WHERE s.child_id = a.id AND s.role = 'supplies' AND s.valid_to IS NULL
                  ORDER BY s.rung, s.confidence DESC, s.parent_id LIMIT 1) END
FROM device d
JOIN asset a ON a.id = d.asset_id AND a.valid_to IS NULL
WHERE a.kind <> 'gateway'
GROUP BY a.id, a.kind
ORDER BY a.id
