-- Incidents that ended in light, current or news, and outages of the time before this store: what they
-- took, and from when in whose hands.
SELECT i.kind, i.opened_at,
       (SELECT min(a.at) FROM incident_act a
        WHERE a.incident_id = i.id AND a.kind IN ('acknowledge', 'assign')),
       i.returning_at, i.closed_at,
       coalesce(p.document::jsonb #>> '{root,kind}', '')
FROM incident i
LEFT JOIN proof p ON p.incident_id = i.id AND p.version = i.proof_version
WHERE i.status = 'closed'
  AND p.document::jsonb #>> '{claim,outcome}' IN ('restored', 'lit')
UNION ALL
SELECT kind, began_at, taken_at, returning_at, ended_at, root_kind
FROM past_outage
ORDER BY 5, 2, 1
