-- Outages of the past, by their code; what a later file no longer tells stays.
WITH written AS (
    INSERT INTO past_outage (code, kind, began_at, taken_at, returning_at, ended_at, root_kind, root_code,
                             cause, source, simulated)
    SELECT i.code, i.kind, i.began_at, i.taken_at, i.returning_at, i.ended_at, i.root_kind, i.root_code,
           i.cause, t.name, t.simulated
    FROM incoming_outage i CROSS JOIN territory t
    ON CONFLICT (code) DO UPDATE
    SET kind = EXCLUDED.kind, began_at = EXCLUDED.began_at, taken_at = EXCLUDED.taken_at,
        returning_at = EXCLUDED.returning_at, ended_at = EXCLUDED.ended_at,
        root_kind = EXCLUDED.root_kind, root_code = EXCLUDED.root_code, cause = EXCLUDED.cause
    WHERE (past_outage.kind, past_outage.began_at, past_outage.taken_at, past_outage.returning_at,
           past_outage.ended_at, past_outage.root_kind, past_outage.root_code, past_outage.cause)
        IS DISTINCT FROM (EXCLUDED.kind, EXCLUDED.began_at, EXCLUDED.taken_at, EXCLUDED.returning_at,
                          EXCLUDED.ended_at, EXCLUDED.root_kind, EXCLUDED.root_code, EXCLUDED.cause)
    RETURNING (xmax = 0) AS added
)
SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added), 0 FROM written
