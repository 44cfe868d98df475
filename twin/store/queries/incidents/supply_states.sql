SELECT s.asset_id, s.state, s.since, s.reason, s.basis, s.probability, s.evidence::text, s.flood_id
FROM supply_state s
ORDER BY s.asset_id
