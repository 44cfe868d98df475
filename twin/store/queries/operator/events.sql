-- What happened in a span: incidents opened or closed, acts of people.
SELECT i.opened_at AS at, 'opened' AS what, i.code, i.kind, '' AS person
FROM incident i WHERE i.opened_at >= %(start)s AND i.opened_at <= %(end)s
UNION ALL
SELECT i.closed_at, 'closed', i.code, i.kind, ''
FROM incident i WHERE i.closed_at >= %(start)s AND i.closed_at <= %(end)s
UNION ALL
SELECT a.at, a.act, a.subject, '', a.person
FROM audit a WHERE a.at >= %(start)s AND a.at <= %(end)s
ORDER BY at;
