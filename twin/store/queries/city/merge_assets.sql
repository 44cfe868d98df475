-- After city/match_assets: unchanged things are not touched, changed ones leave their past version
-- behind, new ones are added, and those that a complete file no longer holds are closed.
WITH kept_version AS (
    INSERT INTO asset_version (asset_id, valid_from, valid_to, name, geom, properties, dataset_id)
    SELECT a.id, a.valid_from, greatest(%(at)s, a.valid_from), a.name, a.geom, a.properties,
           a.dataset_id
    FROM asset a
    JOIN matched_asset m ON m.id = a.id AND m.differs
    ON CONFLICT (asset_id, valid_from) DO NOTHING
),
changed AS (
    UPDATE asset a
    SET name = i.name, geom = i.geom, longitude = i.longitude, latitude = i.latitude,
        properties = jsonb_strip_nulls(i.properties), dataset_id = %(dataset)s,
        valid_from = greatest(%(at)s, a.valid_from)
    FROM matched_asset m
    JOIN incoming_asset i ON i.code = m.code
    WHERE m.id = a.id AND m.differs
    RETURNING a.id
),
added AS (
    INSERT INTO asset (kind, code, name, geom, longitude, latitude, properties, dataset_id,
                       valid_from)
    SELECT %(kind)s, i.code, i.name, i.geom, i.longitude, i.latitude,
           jsonb_strip_nulls(i.properties), %(dataset)s, %(at)s
    FROM incoming_asset i
    WHERE NOT EXISTS (SELECT FROM matched_asset m WHERE m.code = i.code)
    ORDER BY i.place
    RETURNING id
),
closed AS (
    UPDATE asset a
    SET valid_to = greatest(%(at)s, a.valid_from)
    WHERE %(complete)s AND a.kind = %(kind)s AND a.valid_to IS NULL
      -- only what the same origin brought: another publisher's things are none of its business
      AND coalesce((SELECT d.mapping FROM dataset d WHERE d.id = a.dataset_id), '') = %(mapping)s
      AND NOT EXISTS (SELECT FROM matched_asset m WHERE m.id = a.id)
    RETURNING a.id
)
SELECT (SELECT count(*) FROM added),
       (SELECT count(*) FROM changed),
       (SELECT count(*) FROM closed)
