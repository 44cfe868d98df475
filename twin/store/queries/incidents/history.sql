SELECT at, asset_id, state, probability
FROM light_state_history
WHERE at >= %(start)s AND at < %(end)s AND (%(asset_id)s::bigint IS NULL OR asset_id = %(asset_id)s)
ORDER BY at, asset_id
