-- What was known of a light at an instant.
SELECT state, probability, at
FROM light_state_history
WHERE asset_id = %(asset_id)s AND at <= %(at)s
ORDER BY at DESC
LIMIT 1;
