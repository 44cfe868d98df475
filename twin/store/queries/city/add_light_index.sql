-- The lights that are drawn, in the order in which city/shapes hands them to the tiles.
INSERT INTO light_index (idx, asset_id)
SELECT row_number() OVER (ORDER BY id) - 1, id
FROM asset
WHERE kind = 'streetlight' AND valid_to IS NULL AND geom IS NOT NULL
