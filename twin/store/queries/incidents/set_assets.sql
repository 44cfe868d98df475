-- What an incident touches: what no longer belongs goes, what is new comes, the rest is left alone.
WITH touched AS MATERIALIZED (
    SELECT DISTINCT t.asset_id, t.role
    FROM unnest(%(assets)s::bigint[], %(roles)s::text[]) t (asset_id, role)
),
gone AS (
    DELETE FROM incident_asset stood
    WHERE stood.incident_id = %(id)s
      AND NOT EXISTS (SELECT FROM touched t
                      WHERE t.asset_id = stood.asset_id AND t.role = stood.role)
)
INSERT INTO incident_asset (incident_id, asset_id, role)
SELECT %(id)s, t.asset_id, t.role
FROM touched t
WHERE NOT EXISTS (SELECT FROM incident_asset stood
                  WHERE stood.incident_id = %(id)s AND stood.asset_id = t.asset_id
                    AND stood.role = t.role)
  AND EXISTS (SELECT FROM asset a WHERE a.id = t.asset_id)
ON CONFLICT DO NOTHING
