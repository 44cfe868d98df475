INSERT INTO supply_state (asset_id, state, since, reason, basis, probability, evidence, flood_id)
VALUES (%(asset_id)s, %(state)s, %(since)s, %(reason)s, %(basis)s, %(probability)s, %(evidence)s,
        %(flood_id)s)
ON CONFLICT (asset_id) DO UPDATE SET
    state = excluded.state, since = excluded.since, reason = excluded.reason,
    basis = excluded.basis, probability = excluded.probability, evidence = excluded.evidence,
    flood_id = coalesce(excluded.flood_id, supply_state.flood_id)
