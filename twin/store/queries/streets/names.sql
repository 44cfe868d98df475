-- Every street with how many lights it has, and how many of them are out: confirmed (2), inferred (3).
SELECT street.code, street.name, coalesce(counts.lights, 0), coalesce(counts.confirmed, 0),
       coalesce(counts.inferred, 0)
FROM asset street
LEFT JOIN (
    SELECT section.street_id, count(*) AS lights,
           count(*) FILTER (WHERE state.state = 2) AS confirmed,
           count(*) FILTER (WHERE state.state = 3) AS inferred
    FROM light l
    JOIN asset a ON a.id = l.asset_id AND a.valid_to IS NULL
    JOIN street_section section ON section.asset_id = l.section_id
    LEFT JOIN light_state state ON state.asset_id = l.asset_id
    GROUP BY section.street_id
) counts ON counts.street_id = street.id
WHERE street.kind = 'street' AND street.valid_to IS NULL AND street.name <> ''
ORDER BY street.id
