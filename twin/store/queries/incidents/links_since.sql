-- What hangs otherwise since a link was made, and by which role.
SELECT DISTINCT child_id, role
FROM link
WHERE id > %(link)s
ORDER BY child_id
