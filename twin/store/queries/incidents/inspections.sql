SELECT (detail ->> 'asset_id')::bigint, max(at)
FROM audit
WHERE act = 'inspection'
GROUP BY detail ->> 'asset_id'
ORDER BY 1
