-- The flood that an extent belongs to: water that comes back is another flood. The first of name,
-- name-2, name-3 … that had not ended by then, or is not taken.
SELECT s.slug
FROM (SELECT n, %(slug)s || CASE WHEN n > 1 THEN '-' || n ELSE '' END AS slug
      FROM generate_series(1, 1 + (SELECT count(*) FROM flood)) AS n) AS s
WHERE NOT EXISTS (SELECT FROM flood f WHERE f.slug = s.slug AND f.ended_at < %(observed_at)s)
ORDER BY s.n
LIMIT 1
