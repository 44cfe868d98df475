-- The open incidents, as briefly as a browser needs to know whether what it shows is current.
SELECT code, status, proof_version, acknowledged_at IS NOT NULL AS acknowledged
FROM incident
WHERE status <> 'closed'
ORDER BY opened_at, code;
