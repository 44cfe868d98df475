INSERT INTO flood_polygon (extent_id, number, geom, depth_m)
VALUES (%(extent_id)s, %(number)s, %(geom)s, %(depth_m)s)
