-- Instants come in microseconds since 1970; before the year 0 stands for none.
WITH change AS (SELECT nextval('sensor_state_revision') AS revision)
INSERT INTO sensor_state (asset_id, state, reason, since, deadline, incident_id, revision)
SELECT t.asset_id, t.state, t.reason,
       CASE WHEN t.since > -62135596800000000 THEN timestamptz 'epoch' + t.since * interval '1 microsecond' END,
       CASE WHEN t.deadline > -62135596800000000 THEN timestamptz 'epoch' + t.deadline * interval '1 microsecond' END,
       nullif(t.incident_id, 0), change.revision
FROM change, unnest(%(assets)s::bigint[], %(states)s::smallint[], %(reasons)s::smallint[],
                    %(since)s::bigint[], %(deadline)s::bigint[], %(incidents)s::bigint[])
     AS t (asset_id, state, reason, since, deadline, incident_id)
ON CONFLICT (asset_id) DO UPDATE
SET state = excluded.state, reason = excluded.reason, since = excluded.since,
    deadline = excluded.deadline, incident_id = excluded.incident_id, revision = excluded.revision
RETURNING revision
