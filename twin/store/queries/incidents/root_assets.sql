SELECT t.asset_id
FROM incident_asset t
JOIN incident i ON i.id = t.incident_id
WHERE t.incident_id = %(id)s
  AND (t.role IN ('root', 'device') OR (t.role = 'silent' AND i.kind = 'still_silent')
       OR (t.role = 'gateway' AND i.kind = 'gateways_silent'))
ORDER BY t.asset_id
