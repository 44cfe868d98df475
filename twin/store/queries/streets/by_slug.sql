SELECT street.id, street.code, street.name, sum(section.length_cm)
FROM asset street
LEFT JOIN street_section section ON section.street_id = street.id
WHERE street.kind = 'street' AND street.code = %(slug)s AND street.valid_to IS NULL
GROUP BY street.id, street.code, street.name
