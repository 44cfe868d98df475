-- Orders to send, oldest first, with what the device says of the way to it.
SELECT c.id, c.person, c.asset_id, c.dev_eui, c.verb, c.parameters,
       c.issued_at, c.requested_at, c.expires_at, c.state, c.state_at, c.reason,
       coalesce(d.network, ''), coalesce(d.application, ''), coalesce(d.profile, '')
FROM command c
LEFT JOIN device d USING (dev_eui)
WHERE c.state = 'requested'
ORDER BY c.requested_at, c.id;
