SELECT e.flood_id, p.number, p.geom, p.depth_m
FROM flood_polygon p
JOIN flood_extent e ON e.id = p.extent_id
WHERE p.extent_id = ANY(%(extents)s)
ORDER BY e.flood_id, p.number
