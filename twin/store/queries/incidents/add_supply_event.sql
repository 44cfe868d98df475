INSERT INTO supply_event (asset_id, at, state, reason, basis, probability, evidence, by_whom)
VALUES (%(asset_id)s, %(at)s, %(state)s, %(reason)s, %(basis)s, %(probability)s, %(evidence)s,
        %(by_whom)s)
ON CONFLICT DO NOTHING
