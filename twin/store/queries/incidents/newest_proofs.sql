SELECT i.id, p.document::jsonb
FROM incident i
JOIN proof p ON p.incident_id = i.id AND p.version = i.proof_version
WHERE i.id = ANY(%(incidents)s::bigint[])
