-- The residents of a street are known as soon as those of one of its sections are.
SELECT street.id, street.code, street.name,
       lengths.length_cm, coalesce(counts.lights, 0),
       lengths.residents_thousandths / 1000.0
FROM asset street
LEFT JOIN (
    SELECT s.street_id, sum(s.length_cm) AS length_cm,
           sum(s.residents_thousandths) AS residents_thousandths
    FROM street_section s
    JOIN asset a ON a.id = s.asset_id AND a.valid_to IS NULL
    GROUP BY s.street_id
) lengths ON lengths.street_id = street.id
LEFT JOIN (
    SELECT s.street_id, count(*) AS lights
    FROM light l
    JOIN asset a ON a.id = l.asset_id AND a.valid_to IS NULL
    JOIN street_section s ON s.asset_id = l.section_id
    GROUP BY s.street_id
) counts ON counts.street_id = street.id
WHERE street.kind = 'street' AND street.valid_to IS NULL
ORDER BY street.id
