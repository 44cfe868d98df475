SELECT id, code, kind, root_key, status, proof_version
FROM incident
WHERE status <> 'closed'
ORDER BY id
