-- Sheets of water of one recorded extent.
SELECT p.geom, p.depth_m
FROM flood_extent e
JOIN flood f ON f.id = e.flood_id
JOIN flood_polygon p ON p.extent_id = e.id
WHERE f.slug = %(flood)s AND e.file_name = %(file)s AND date_trunc('second', e.observed_at) = %(at)s
