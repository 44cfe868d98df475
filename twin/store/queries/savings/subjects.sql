-- Cabinets and buildings whose saving is asked about: those with a meter, works, or a page.
SELECT a.id, a.kind, a.code, a.name, a.longitude, a.latitude,
       coalesce(lit.lights, 0), works.works_from, works.works_to, works.actions,
       works.planned_kwh, works.cost_eur
FROM asset a
LEFT JOIN LATERAL (
    SELECT min(s.works_from) AS works_from, max(s.works_to) AS works_to,
           jsonb_agg(jsonb_build_object(
               'code', s.code, 'title', s.title, 'from', s.works_from, 'to', s.works_to,
               'planned_kwh', s.planned_kwh, 'cost_eur', s.cost_eur)
               ORDER BY s.works_from, s.code)::text AS actions,
           sum(s.planned_kwh)::float8 AS planned_kwh, sum(s.cost_eur)::float8 AS cost_eur
    FROM saving_action s
    WHERE s.asset_id = a.id AND s.works_from <= %(today)s
) works ON true
LEFT JOIN (
    -- each light counts for the cabinet nearest to it on the way up
    SELECT coalesce(feeder.parent_id, direct.parent_id) AS cabinet_id, count(*)::integer AS lights
    FROM light l
    JOIN link direct ON direct.child_id = l.asset_id AND direct.role = 'supplies'
         AND direct.valid_to IS NULL
    LEFT JOIN asset above ON above.id = direct.parent_id AND above.kind = 'feeder'
    LEFT JOIN link feeder ON feeder.child_id = above.id AND feeder.role = 'supplies'
         AND feeder.valid_to IS NULL
    GROUP BY 1
) lit ON lit.cabinet_id = a.id AND a.kind = 'cabinet'
WHERE a.valid_to IS NULL AND a.kind IN ('cabinet', 'building')
  AND (works.works_from IS NOT NULL
       OR EXISTS (SELECT FROM datastream d WHERE d.asset_id = a.id AND d.property = 'daily_energy')
       OR a.properties ->> 'followed' = 'true')
ORDER BY a.id;
