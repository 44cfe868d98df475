-- What is wrong, where, since when; the nearest place above stands in for what has none.
SELECT d.asset_id, a.kind, a.code, d.defect, d.detail, d.facts::text,
       coalesce(d.longitude, a.longitude, parent.longitude),
       coalesce(d.latitude, a.latitude, parent.latitude), d.found_at
FROM wiring_defect d
JOIN asset a ON a.id = d.asset_id AND a.valid_to IS NULL
LEFT JOIN LATERAL (
    SELECT p.longitude, p.latitude
    FROM link l
    JOIN asset p ON p.id = l.parent_id
    WHERE l.child_id = d.asset_id AND l.role = 'supplies' AND l.valid_to IS NULL
    ORDER BY l.confidence DESC, l.parent_id
    LIMIT 1
) parent ON true
WHERE %(asset_id)s::bigint IS NULL OR d.asset_id = %(asset_id)s::bigint
ORDER BY d.defect, a.kind, a.code, d.asset_id
