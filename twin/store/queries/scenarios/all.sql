SELECT slug, name, made_at, person, question, answer
FROM scenario
WHERE %(slug)s::text IS NULL OR slug = %(slug)s
ORDER BY made_at DESC, id DESC
