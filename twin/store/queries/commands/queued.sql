-- Orders that wait at a network, with the way to their devices.
SELECT c.id, c.person, c.asset_id, c.dev_eui, c.verb, c.parameters,
       c.issued_at, c.requested_at, c.expires_at, c.state, c.state_at, c.reason,
       d.network, coalesce(d.application, ''), coalesce(d.profile, '')
FROM command c
JOIN device d USING (dev_eui)
WHERE c.state = 'queued' AND d.network = %(network)s
ORDER BY c.requested_at, c.id;
