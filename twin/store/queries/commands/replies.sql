-- Orders that a device answers by repeating them, and what it has sent since.
SELECT c.id, c.person, c.asset_id, c.dev_eui, c.verb, c.parameters,
       c.issued_at, c.requested_at, c.expires_at, c.state, c.state_at, c.reason,
       coalesce(d.network, ''), coalesce(d.application, ''), coalesce(d.profile, ''),
       array(SELECT f.payload FROM frame f
             WHERE f.dev_eui = c.dev_eui AND f.event_at > c.requested_at
             ORDER BY f.event_at DESC
             LIMIT 20)
FROM command c
LEFT JOIN device d USING (dev_eui)
WHERE c.verb = 'set_schedule' AND c.state IN ('queued', 'sent', 'acknowledged')
ORDER BY c.id;
