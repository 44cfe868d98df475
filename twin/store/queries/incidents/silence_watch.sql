SELECT asset_id, incident_id, cleared_at, due_from
FROM silence_watch
ORDER BY asset_id
