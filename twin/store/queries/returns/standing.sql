-- Open incidents whose end would be light, with the last return announced for each.
SELECT i.id, i.kind, i.opened_at,
       (SELECT min(a.at) FROM incident_act a
        WHERE a.incident_id = i.id AND a.kind IN ('acknowledge', 'assign')
          AND a.at >= coalesce(i.rang_at, i.opened_at)),
       i.returning_at,
       f.id IS NOT NULL,
       c.until,
       e.crew_state, e.latest
FROM incident i
LEFT JOIN flood f ON i.root_key = 'flood:' || f.slug AND f.ended_at IS NULL
LEFT JOIN declared_cause c
    ON i.root_key = 'distributor_cut:' || c.code AND c.ended_at IS NULL AND c.withdrawn_at IS NULL
LEFT JOIN LATERAL (
    SELECT r.crew_state, r.latest FROM return_estimate r
    WHERE r.incident_id = i.id ORDER BY r.made_at DESC LIMIT 1
) e ON true
WHERE i.status <> 'closed' AND i.kind = ANY(%(kinds)s)
ORDER BY i.id
