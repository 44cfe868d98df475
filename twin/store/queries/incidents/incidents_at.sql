-- Incidents as they stood at an instant: what their proof said then, and whose hands they were in.
-- An incident that was understood only later is told by its first proof.
SELECT i.id, i.code, i.kind, i.root_key,
       CASE WHEN i.returning_at <= %(at)s THEN 'recovering' ELSE 'open' END,
       i.opened_at, greatest(i.opened_at, least(i.changed_at, %(at)s)), NULL::timestamptz,
       taken.at, taken.person, coalesce(p.document -> 'headline', i.headline), coalesce(p.version, 0),
       coalesce(p.document -> 'root', '{}'), coalesce(p.document -> 'claim', '{}'),
       rang.at, given.assignee,
       CASE WHEN shelf.kind = 'shelve' THEN shelf.until END,
       CASE WHEN shelf.kind = 'shelve' THEN shelf.person END,
       CASE WHEN shelf.kind = 'shelve' THEN shelf.words END
FROM incident i
LEFT JOIN LATERAL (
    SELECT version, document::jsonb AS document FROM proof
    WHERE incident_id = i.id
    ORDER BY made_at <= %(at)s DESC, CASE WHEN made_at <= %(at)s THEN -version ELSE version END
    LIMIT 1
) p ON true
LEFT JOIN LATERAL (
    SELECT max(at) AS at FROM incident_act WHERE incident_id = i.id AND kind = 'ring' AND at <= %(at)s
) rang ON true
LEFT JOIN LATERAL (
    SELECT at, person FROM incident_act
    WHERE incident_id = i.id AND kind = 'acknowledge' AND at <= %(at)s
      AND at >= coalesce(rang.at, '-infinity')
    ORDER BY id LIMIT 1
) taken ON true
LEFT JOIN LATERAL (
    SELECT assignee FROM incident_act
    WHERE incident_id = i.id AND kind = 'assign' AND at <= %(at)s ORDER BY id DESC LIMIT 1
) given ON true
LEFT JOIN LATERAL (
    SELECT kind, until, person, words FROM incident_act
    WHERE incident_id = i.id AND kind IN ('shelve', 'unshelve') AND at <= %(at)s
    ORDER BY id DESC LIMIT 1
) shelf ON true
WHERE i.opened_at <= %(at)s AND (i.closed_at IS NULL OR i.closed_at > %(at)s)
  AND (%(code)s::text IS NULL OR i.code = %(code)s)
ORDER BY i.opened_at DESC, i.id DESC
