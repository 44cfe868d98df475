DELETE FROM rejected WHERE id = ANY(%(ids)s) RETURNING id;
