SELECT a.id, s.parent_id, CASE WHEN a.properties ->> 'backup_h' ~ '^[0-9]+([.][0-9]+)?$' THEN (a.properties ->> 'backup_h')::double precision END, a.code, a.name
FROM asset a
LEFT JOIN link s ON s.child_id = a.id AND s.role = 'supplies' AND s.valid_to IS NULL
WHERE a.kind = 'gateway' AND a.valid_to IS NULL
ORDER BY a.id, s.rung, s.confidence DESC
