INSERT INTO light_state_history (at, asset_id, state, probability)
SELECT t.since, t.asset_id, t.state, t.probability
FROM changed_light t
WHERE t.moved
ON CONFLICT (at, asset_id) DO UPDATE SET
    state = excluded.state, probability = excluded.probability
