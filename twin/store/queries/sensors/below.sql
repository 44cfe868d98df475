-- How many watched things that hang on a supply device, itself included, are heard how.
WITH RECURSIVE under AS (
    SELECT %(asset)s::bigint AS id
    UNION
    SELECT l.child_id FROM link l JOIN under ON l.parent_id = under.id
    WHERE l.role = 'supplies' AND l.valid_to IS NULL
)
SELECT s.state, count(*)
FROM under JOIN sensor_state s ON s.asset_id = under.id
GROUP BY s.state
ORDER BY s.state
