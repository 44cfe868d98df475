-- Every light of the epoch, in the order of its index: where it is and what is known of it.
-- A light that no assessment has met yet is unmonitored (7).
SELECT i.idx, i.asset_id, a.longitude, a.latitude, coalesce(s.state, 7) AS state
FROM light_index i
JOIN asset a ON a.id = i.asset_id
LEFT JOIN light_state s ON s.asset_id = i.asset_id
ORDER BY i.idx;
