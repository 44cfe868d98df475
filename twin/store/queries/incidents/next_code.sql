SELECT coalesce(max(substring(code FROM '^I-\d{4}-(\d+)$')::integer), 0) + 1
FROM incident
WHERE code LIKE 'I-' || %(year)s || '-%%'
