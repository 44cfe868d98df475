-- The last word of a device's journal before an instant: what state, how surely.
SELECT e.state, e.probability
FROM supply_event e
WHERE e.asset_id = %(asset)s AND e.at <= %(as_of)s
ORDER BY e.at DESC, e.id DESC
LIMIT 1
