-- The latch of a supply device at an instant, and how many of the lights that hung under it then
-- were out. A device that had never changed was in service.
WITH RECURSIVE under AS (
    SELECT %(asset_id)s::bigint AS id
    UNION
    SELECT l.child_id FROM link l JOIN under ON l.parent_id = under.id
    WHERE l.role = 'supplies' AND l.valid_from <= %(at)s
      AND (l.valid_to IS NULL OR l.valid_to > %(at)s)
),
latch AS (
    SELECT state, at, reason, basis, probability FROM supply_event
    WHERE asset_id = %(asset_id)s AND at <= %(at)s
    ORDER BY at DESC, id DESC
    LIMIT 1
),
lights AS (
    SELECT h.state
    FROM under
    JOIN light ON light.asset_id = under.id
    LEFT JOIN LATERAL (
        SELECT state FROM light_state_history
        WHERE asset_id = under.id AND at <= %(at)s
        ORDER BY at DESC LIMIT 1
    ) h ON true
)
SELECT coalesce(latch.state, 'normal'), latch.at, coalesce(latch.reason, ''),
       coalesce(latch.basis, ''), latch.probability,
       (SELECT count(*) FROM lights), (SELECT count(*) FROM lights WHERE state IN (2, 3))
FROM supply_device d
LEFT JOIN latch ON true
WHERE d.asset_id = %(asset_id)s;
