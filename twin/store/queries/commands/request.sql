INSERT INTO command
    (id, person, idempotency_key, asset_id, dev_eui, verb, parameters,
     issued_at, requested_at, expires_at, state, state_at)
VALUES
    (%(id)s, %(person)s, %(idempotency_key)s, %(asset_id)s, %(dev_eui)s, %(verb)s, %(parameters)s,
     %(issued_at)s, %(now)s, %(expires_at)s, 'requested', %(now)s)
ON CONFLICT (person, idempotency_key) DO NOTHING
RETURNING id;
