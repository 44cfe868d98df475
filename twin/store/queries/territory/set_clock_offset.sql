-- Move a simulated territory's clock; no row where the territory is real, or where there is none.
UPDATE territory SET clock_offset_s = %(offset_s)s WHERE simulated RETURNING slug
