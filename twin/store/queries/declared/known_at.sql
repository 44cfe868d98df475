-- Recorded causes as they were known at an instant, the newest first: not those that were recorded
-- or had been withdrawn otherwise than by then, each with the end that had been announced by then.
-- Of those that were over, only those whose end is after `over_after`.
WITH known AS (
    SELECT c.*, CASE WHEN c.ended_at <= %(at)s THEN c.ended_at END AS ended_then,
           CASE WHEN later.cause_id IS NULL THEN c.until ELSE later.until_before END AS until_then
    FROM declared_cause c
    LEFT JOIN LATERAL (
        SELECT t.cause_id, t.until_before FROM declared_term t
        WHERE t.cause_id = c.id AND t.at > %(at)s
        ORDER BY t.id LIMIT 1
    ) later ON true
    WHERE c.recorded_at <= %(at)s AND (c.withdrawn_at IS NULL OR c.withdrawn_at > %(at)s)
)
SELECT c.code, c.kind, c.title, c.reference, c.source, c.starts_at, c.until_then, c.ended_then,
       NULL::timestamptz, c.recorded_at, c.recorded_by, c.area,
       coalesce((SELECT array_agg(a.kind || ':' || a.code ORDER BY a.kind, a.code)
                 FROM declared_asset d JOIN asset a ON a.id = d.asset_id
                 WHERE d.cause_id = c.id), '{}'),
       moved.until_before, moved.at, moved.person
FROM known c
LEFT JOIN LATERAL (
    SELECT t.until_before, t.at, t.person FROM declared_term t
    WHERE t.cause_id = c.id AND t.at <= %(at)s
    ORDER BY t.id DESC LIMIT 1
) moved ON true
WHERE coalesce(c.ended_then, CASE WHEN c.kind <> 'burnt_cabinet' THEN c.until_then END, 'infinity')
      > %(over_after)s
ORDER BY c.starts_at DESC, c.id DESC
LIMIT %(limit)s
