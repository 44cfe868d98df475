INSERT INTO audit (at, person, role, act, subject, detail)
VALUES (%(at)s, %(person)s, %(role)s, %(act)s, %(subject)s, %(detail)s)
