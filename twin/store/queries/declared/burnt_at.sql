-- Recorded causes by which a device is burnt, and that nobody has ended.
SELECT c.code
FROM declared_cause c
JOIN declared_asset d ON d.cause_id = c.id
WHERE d.asset_id = %(asset)s AND c.kind = 'burnt_cabinet'
  AND c.ended_at IS NULL AND c.withdrawn_at IS NULL
ORDER BY c.id
