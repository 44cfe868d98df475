-- The newest order to each valve.
SELECT DISTINCT ON (c.asset_id) c.asset_id, c.id::text, c.person, c.verb, c.state, c.state_at,
       c.requested_at, c.expires_at, c.parameters::text, c.reason
FROM command c
WHERE c.asset_id = ANY(%(valve_ids)s) AND c.requested_at >= %(since)s
ORDER BY c.asset_id, c.requested_at DESC, c.id;
