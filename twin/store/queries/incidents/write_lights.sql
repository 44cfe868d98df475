-- Lights that changed, and their history. One number for all that changed together: whoever read up
-- to it has them all.
WITH change AS MATERIALIZED (SELECT nextval('light_state_seq') AS seq),
changed AS MATERIALIZED (
    SELECT asset_id, state, probability, since,
           nullif(proximate_id, -1) AS proximate_id, nullif(root_id, -1) AS root_id, moved
    FROM unnest(%(assets)s::bigint[], %(states)s::smallint[], %(probabilities)s::real[],
                %(since)s::timestamptz[], %(proximate)s::bigint[], %(root)s::bigint[],
                %(moved)s::boolean[])
         AS t (asset_id, state, probability, since, proximate_id, root_id, moved)
    ORDER BY asset_id
),
noted AS (
    INSERT INTO light_state_history (at, asset_id, state, probability)
    SELECT since, asset_id, state, probability FROM changed WHERE moved
    ON CONFLICT (at, asset_id) DO UPDATE SET
        state = excluded.state, probability = excluded.probability
),
written AS (
    INSERT INTO light_state (asset_id, state, probability, since, proximate_id, root_id, seq)
    SELECT c.asset_id, c.state, c.probability, c.since, c.proximate_id, c.root_id, change.seq
    FROM changed c CROSS JOIN change
    ON CONFLICT (asset_id) DO UPDATE SET
        state = excluded.state, probability = excluded.probability, since = excluded.since,
        proximate_id = excluded.proximate_id, root_id = excluded.root_id, seq = excluded.seq
)
SELECT seq FROM change
