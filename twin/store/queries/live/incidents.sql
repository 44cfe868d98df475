-- The open incidents, as briefly as a browser needs to know whether what it shows is current.
SELECT code, status, proof_version, acknowledged_at IS NOT NULL AS acknowledged,
       coalesce((SELECT max(a.id) FROM incident_act a WHERE a.incident_id = incident.id), 0) AS last_act
FROM incident
WHERE status <> 'closed'
ORDER BY opened_at, code;
