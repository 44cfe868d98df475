-- Recorded causes, the newest first; of one code where that is asked.
SELECT c.code, c.kind, c.title, c.reference, c.source, c.starts_at, c.until, c.ended_at,
       c.withdrawn_at, c.recorded_at, c.recorded_by, c.area,
       coalesce((SELECT array_agg(a.kind || ':' || a.code ORDER BY a.kind, a.code)
                 FROM declared_asset d JOIN asset a ON a.id = d.asset_id
                 WHERE d.cause_id = c.id), '{}'),
       moved.until_before, moved.at, moved.person
FROM declared_cause c
LEFT JOIN LATERAL (
    SELECT t.until_before, t.at, t.person FROM declared_term t
    WHERE t.cause_id = c.id
    ORDER BY t.id DESC LIMIT 1
) moved ON true
WHERE (%(code)s::text IS NULL OR c.code = %(code)s)
  AND (NOT %(standing)s OR (c.withdrawn_at IS NULL
       AND coalesce(c.ended_at, CASE WHEN c.kind <> 'burnt_cabinet' THEN c.until END, 'infinity')
           > %(at)s::timestamptz))
ORDER BY c.starts_at DESC, c.id DESC
LIMIT %(limit)s
