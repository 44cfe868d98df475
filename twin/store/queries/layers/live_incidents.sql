-- Incidents, open and past, at the place of their root; who took them in charge is not told.
SELECT i.code, i.kind, i.status, i.opened_at, i.changed_at, i.closed_at,
       root.kind, root.code, root.longitude, root.latitude,
       (p.document::jsonb -> 'claim' ->> 'probability')::float8,
       coalesce(p.document::jsonb -> 'claim' ->> 'basis', ''),
       (i.headline ->> 'lights')::int, (i.headline ->> 'lights_confirmed')::int,
       (i.headline ->> 'lights_inferred')::int, (i.headline ->> 'cabinets')::int,
       (i.headline ->> 'streets')::int, (i.headline ->> 'covered_m')::float8,
       (i.headline ->> 'residents')::float8
FROM incident i
LEFT JOIN proof p ON p.incident_id = i.id AND p.version = i.proof_version
LEFT JOIN LATERAL (
    SELECT a.kind, a.code, a.longitude, a.latitude
    FROM incident_asset t
    JOIN asset a ON a.id = t.asset_id
    WHERE t.incident_id = i.id
    ORDER BY a.longitude IS NULL, t.role <> 'root', t.role <> 'device', a.id
    LIMIT 1
) root ON true
