-- The open incidents that touch a thing.
SELECT i.code, i.kind, i.opened_at
FROM incident_asset t
JOIN incident i ON i.id = t.incident_id
WHERE t.asset_id = %(asset_id)s AND i.status <> 'closed'
GROUP BY i.id
ORDER BY i.opened_at DESC;
