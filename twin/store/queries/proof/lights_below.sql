-- Lights under a device along the links that stood at an instant, and how sure the surest way is.
WITH RECURSIVE below AS (
    SELECT l.child_id AS id, l.confidence::double precision AS sure, 1 AS depth
    FROM link l
    WHERE l.parent_id = %(asset)s AND l.role = 'supplies'
      AND l.valid_from <= %(as_of)s AND (l.valid_to IS NULL OR l.valid_to > %(as_of)s)
    UNION ALL
    SELECT l.child_id, b.sure * l.confidence, b.depth + 1
    FROM below b
    JOIN link l ON l.parent_id = b.id AND l.role = 'supplies'
      AND l.valid_from <= %(as_of)s AND (l.valid_to IS NULL OR l.valid_to > %(as_of)s)
    WHERE b.depth < 40
)
SELECT count(DISTINCT b.id), coalesce(max(b.sure), 0)
FROM below b
JOIN asset a ON a.id = b.id AND a.kind = 'streetlight'
