-- Incidents that were open at some moment of a span, the first opened first.
SELECT i.id, i.code, i.kind, i.root_key, i.status, i.opened_at, i.changed_at, i.closed_at,
       i.acknowledged_at, i.acknowledged_by, i.headline, i.proof_version,
       coalesce(p.document::jsonb -> 'root', '{}'), coalesce(p.document::jsonb -> 'claim', '{}'),
       i.rang_at, i.assigned_to, i.shelved_until, i.shelved_by, i.shelved_reason
FROM incident i
LEFT JOIN proof p ON p.incident_id = i.id AND p.version = i.proof_version
WHERE i.opened_at < %(end)s AND (i.closed_at IS NULL OR i.closed_at >= %(start)s)
ORDER BY i.opened_at, i.id
