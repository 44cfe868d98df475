-- One number for all that changed together: whoever read up to it has them all.
WITH change AS (SELECT nextval('light_state_seq') AS seq)
INSERT INTO light_state (asset_id, state, probability, since, proximate_id, root_id, seq)
SELECT t.asset_id, t.state, t.probability, t.since, t.proximate_id, t.root_id, change.seq
FROM changed_light t CROSS JOIN change
ON CONFLICT (asset_id) DO UPDATE SET
    state = excluded.state, probability = excluded.probability, since = excluded.since,
    proximate_id = excluded.proximate_id, root_id = excluded.root_id, seq = excluded.seq
