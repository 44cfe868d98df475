WITH written AS (
    INSERT INTO saving_action (asset_id, code, title, works_from, works_to, planned_kwh, cost_eur)
    SELECT a.id, i.code, i.title, i.works_from, i.works_to, i.planned_kwh, i.cost_eur
    FROM incoming_action i
    JOIN asset a ON a.kind = i.asset_kind AND a.code = i.asset_code AND a.valid_to IS NULL
    ON CONFLICT (asset_id, code, works_from) DO UPDATE
    SET title = EXCLUDED.title, works_to = EXCLUDED.works_to,
        planned_kwh = EXCLUDED.planned_kwh, cost_eur = EXCLUDED.cost_eur
    WHERE (saving_action.title, saving_action.works_to, saving_action.planned_kwh,
           saving_action.cost_eur)
        IS DISTINCT FROM (EXCLUDED.title, EXCLUDED.works_to, EXCLUDED.planned_kwh::real,
                          EXCLUDED.cost_eur::real)
    RETURNING (xmax = 0) AS added
)
SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added), 0 FROM written
