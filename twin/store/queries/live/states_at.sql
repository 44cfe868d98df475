-- What was known of each light at an instant, in the order of its index.
SELECT i.idx, coalesce(h.state, 7) AS state
FROM light_index i
LEFT JOIN LATERAL (
    SELECT state FROM light_state_history h
    WHERE h.asset_id = i.asset_id AND h.at <= %(at)s
    ORDER BY h.at DESC LIMIT 1
) h ON true
ORDER BY i.idx;
