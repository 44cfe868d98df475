-- What was known of each supply device that ever changed, at an instant.
SELECT DISTINCT ON (asset_id) asset_id, state, reason
FROM supply_event
WHERE at <= %(at)s
ORDER BY asset_id, at DESC, id DESC;
