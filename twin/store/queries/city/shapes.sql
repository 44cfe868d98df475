-- What the base map draws, of one kind; a section also says which street it is of.
SELECT a.id, a.code, a.name, coalesce((a.properties ->> 'followed')::boolean, false),
       street.code, street.name, (whole.length_cm / 100)::integer, a.geom
FROM asset a
LEFT JOIN street_section s ON s.asset_id = a.id
LEFT JOIN asset street ON street.id = s.street_id
LEFT JOIN (
    SELECT s.street_id, sum(s.length_cm) AS length_cm
    FROM street_section s
    JOIN asset a ON a.id = s.asset_id AND a.valid_to IS NULL
    GROUP BY s.street_id
) whole ON whole.street_id = s.street_id
WHERE a.kind = %(kind)s AND a.valid_to IS NULL AND a.geom IS NOT NULL
ORDER BY a.id
