SELECT id, person, asset_id, dev_eui, verb, parameters,
       issued_at, requested_at, expires_at, state, state_at, reason
FROM command
WHERE person = %(person)s AND idempotency_key = %(idempotency_key)s;
