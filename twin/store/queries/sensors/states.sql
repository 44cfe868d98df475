-- Watched things with how each is heard, those that ask for a look first.
SELECT a.id, a.kind, a.code, a.name, d.dev_eui, s.state, s.reason, s.since,
       CASE WHEN s.state = 0 THEN d.last_seen + make_interval(secs => d.interval_s * %(patience)s)
            ELSE s.deadline END,
       i.code, i.kind, d.last_seen, d.interval_s
FROM sensor_state s
JOIN asset a ON a.id = s.asset_id AND a.valid_to IS NULL
JOIN LATERAL (
    SELECT min(dev_eui) AS dev_eui, max(last_seen) AS last_seen,
           coalesce(min(interval_s), %(interval)s) AS interval_s
    FROM device WHERE asset_id = s.asset_id HAVING count(*) > 0
) d ON true
LEFT JOIN incident i ON i.id = s.incident_id
WHERE (%(states)s::smallint[] IS NULL OR s.state = ANY(%(states)s::smallint[]))
  AND (%(kind)s::text IS NULL OR a.kind = %(kind)s)
  AND (%(incident)s::text IS NULL OR i.code = %(incident)s)
  AND (%(asset)s::bigint IS NULL OR a.id = %(asset)s)
ORDER BY array_position(ARRAY[3, 4, 1, 2, 0]::smallint[], s.state), s.since DESC NULLS LAST, a.id
OFFSET %(skip)s LIMIT %(most)s
