-- What the store keeps of one version of a proof, and which is the newest.
SELECT p.sha256, i.proof_version
FROM incident i
LEFT JOIN proof p ON p.incident_id = i.id AND p.version = %(version)s
WHERE i.code = %(code)s
