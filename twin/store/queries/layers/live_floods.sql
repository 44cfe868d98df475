-- The newest extent of each flood, one row a sheet of water.
SELECT concat(f.slug, '/', p.number), f.slug, f.name, f.source, f.simulated,
       f.started_at, f.ended_at, e.observed_at, p.depth_m, p.geom
FROM flood f
JOIN LATERAL (
    SELECT * FROM flood_extent x WHERE x.flood_id = f.id ORDER BY x.observed_at DESC LIMIT 1
) e ON true
JOIN flood_polygon p ON p.extent_id = e.id
