SELECT id, code, name,
       coalesce(properties ->> 'use', ''),
       coalesce((properties ->> 'followed')::boolean, false),
       geom
FROM asset
WHERE kind = 'building' AND valid_to IS NULL
ORDER BY id
