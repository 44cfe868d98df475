SELECT s.asset_id, i.idx, s.state, s.probability, s.since, s.proximate_id, s.root_id, s.seq
FROM light_state s
LEFT JOIN light_index i ON i.asset_id = s.asset_id
WHERE s.seq > %(seq)s
ORDER BY s.asset_id
