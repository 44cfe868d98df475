SELECT p.version, p.made_at, p.sha256
FROM proof p
JOIN incident i ON i.id = p.incident_id
WHERE i.code = %(code)s
ORDER BY p.version
