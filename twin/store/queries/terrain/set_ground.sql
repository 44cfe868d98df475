-- The ground of the devices that were looked at; null where no grid tells it.
WITH changed AS (
    UPDATE supply_device d SET ground_m_ngf = i.height_m, ground_terrain_id = i.terrain_id
    FROM incoming_ground i
    WHERE i.asset_id = d.asset_id
      AND (d.ground_m_ngf, d.ground_terrain_id) IS DISTINCT FROM (i.height_m, i.terrain_id)
    RETURNING 1
)
SELECT count(*) FROM changed
