-- Extents of the floods that still matter: with water, or with devices latched by them.
SELECT e.id, e.flood_id, e.observed_at, e.file_name, e.sha256
FROM flood_extent e
JOIN flood f ON f.id = e.flood_id
WHERE f.ended_at IS NULL
   OR f.id IN (SELECT s.flood_id FROM supply_state s WHERE s.state <> 'normal')
   OR EXISTS (SELECT FROM incident i WHERE i.root_key = 'flood:' || f.slug AND i.status <> 'closed')
ORDER BY e.flood_id, e.observed_at
