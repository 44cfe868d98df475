SELECT f.id, f.slug, f.name, f.source, f.simulated, f.started_at, f.ended_at,
       e.id, e.observed_at, e.recorded_at, e.file_name, e.sha256
FROM flood f
LEFT JOIN LATERAL (
    SELECT * FROM flood_extent x WHERE x.flood_id = f.id ORDER BY x.observed_at DESC LIMIT 1
) e ON true
ORDER BY f.started_at DESC, f.id DESC
