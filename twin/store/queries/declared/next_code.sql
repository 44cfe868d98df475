SELECT coalesce(max(substring(code FROM '^C-\d{4}-(\d+)$')::integer), 0) + 1
FROM declared_cause
WHERE code LIKE 'C-' || %(year)s || '-%%'
