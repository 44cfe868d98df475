INSERT INTO silence_watch (asset_id, incident_id, cleared_at, due_from, revision)
SELECT t.*, nextval('silence_watch_revision')
FROM unnest(%(assets)s::bigint[], %(incidents)s::bigint[], %(cleared)s::timestamptz[], %(due)s::timestamptz[]) t
ON CONFLICT (asset_id) DO UPDATE
SET incident_id = excluded.incident_id, cleared_at = excluded.cleared_at,
    due_from = excluded.due_from, revision = excluded.revision
