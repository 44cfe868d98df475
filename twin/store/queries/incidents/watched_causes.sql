-- Incidents that silenced somebody, whose cause has cleared since.
SELECT i.id, i.code, i.root_key, coalesce(p.document::jsonb -> 'root', '{}')::text
FROM incident i
LEFT JOIN proof p ON p.incident_id = i.id AND p.version = i.proof_version
WHERE i.id IN (SELECT incident_id FROM silence_watch WHERE cleared_at IS NOT NULL)
ORDER BY i.id
