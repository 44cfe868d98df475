-- `incoming_section`: length, street and residents of each section, by code.
INSERT INTO street_section (asset_id, street_id, length_cm, residents_thousandths)
SELECT section.id, street.id, i.length_cm, i.residents_thousandths
FROM incoming_section i
JOIN asset section
    ON section.kind = 'street_section' AND section.code = i.code AND section.valid_to IS NULL
JOIN asset street
    ON street.kind = 'street' AND street.code = i.slug AND street.valid_to IS NULL
ON CONFLICT (asset_id) DO UPDATE
SET street_id = EXCLUDED.street_id, length_cm = EXCLUDED.length_cm,
    residents_thousandths = EXCLUDED.residents_thousandths
WHERE (street_section.street_id, street_section.length_cm, street_section.residents_thousandths)
    IS DISTINCT FROM (EXCLUDED.street_id, EXCLUDED.length_cm, EXCLUDED.residents_thousandths)
