-- Causes that matter to an assessment: what holds or is to come, and what is over with devices that
-- are not back yet, or with a card that is still open.
SELECT c.id, c.code, c.kind, c.title, c.reference, c.area, c.starts_at, c.until, c.ended_at,
       c.withdrawn_at,
       (SELECT t.until_before FROM declared_term t WHERE t.cause_id = c.id
        ORDER BY t.id DESC LIMIT 1),
       coalesce((SELECT array_agg(a.asset_id ORDER BY a.asset_id) FROM declared_asset a
                 WHERE a.cause_id = c.id), '{}')
FROM declared_cause c
WHERE (c.withdrawn_at IS NULL
       AND coalesce(c.ended_at, CASE WHEN c.kind <> 'burnt_cabinet' THEN c.until END, 'infinity')
           > %(at)s)
   OR c.code IN (SELECT s.evidence ->> 'cause' FROM supply_state s
                 WHERE s.state <> 'normal' AND s.reason IN ('dso_cut', 'planned', 'burnt'))
ORDER BY c.id
