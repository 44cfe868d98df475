SELECT i.id, i.code, i.kind, i.root_key, i.status, i.proof_version,
       coalesce(p.document::jsonb, '{}')
FROM incident i
LEFT JOIN proof p ON p.incident_id = i.id AND p.version = i.proof_version
WHERE i.status <> 'closed'
ORDER BY i.id
