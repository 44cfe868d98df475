-- Incidents that were open at an instant and whose proof of then names one of some things
-- (`kind:code`), the last opened first. One that was understood only later is told by its first proof.
SELECT i.code, i.kind, i.opened_at
FROM incident i
CROSS JOIN LATERAL (
    SELECT document::jsonb AS document FROM proof
    WHERE incident_id = i.id
    ORDER BY made_at <= %(at)s DESC, CASE WHEN made_at <= %(at)s THEN -version ELSE version END
    LIMIT 1
) p
WHERE i.opened_at <= %(at)s AND (i.closed_at IS NULL OR i.closed_at > %(at)s)
  AND ((p.document #>> '{root,kind}') || ':' || (p.document #>> '{root,code}') = ANY(%(things)s)
       OR EXISTS (SELECT FROM jsonb_array_elements(coalesce(p.document -> 'devices', '[]')) d
                  WHERE (d ->> 'kind') || ':' || (d ->> 'code') = ANY(%(things)s)))
ORDER BY i.opened_at DESC, i.id DESC;
