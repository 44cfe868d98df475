-- Each time the announced end of a cause was moved, in order.
SELECT t.at, t.person, t.until_before, t.until_after
FROM declared_term t
JOIN declared_cause c ON c.id = t.cause_id
WHERE c.code = %(code)s
ORDER BY t.id
