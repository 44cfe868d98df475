-- Under a name that is taken, nothing is written.
INSERT INTO scenario (slug, name, made_at, person, question, answer)
VALUES (%(slug)s, %(name)s, %(made_at)s, %(person)s, %(question)s, %(answer)s)
ON CONFLICT (slug) DO NOTHING
RETURNING id
