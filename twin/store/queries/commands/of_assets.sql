SELECT id, person, asset_id, dev_eui, verb, parameters,
       issued_at, requested_at, expires_at, state, state_at, reason
FROM command
WHERE asset_id = ANY(%(asset_ids)s) AND requested_at >= %(since)s
ORDER BY requested_at DESC, id;
