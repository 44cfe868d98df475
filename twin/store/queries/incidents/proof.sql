SELECT p.version, p.made_at, p.sha256, p.document
FROM proof p
JOIN incident i ON i.id = p.incident_id
WHERE i.code = %(code)s AND p.version = coalesce(%(version)s, i.proof_version)
