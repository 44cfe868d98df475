-- Only what is new takes a number: they are few.
INSERT INTO codec (name, version)
SELECT m.name, m.version
FROM unnest(%(names)s::text[], %(versions)s::text[]) AS m (name, version)
LEFT JOIN codec c USING (name, version)
WHERE c.id IS NULL
ORDER BY m.name, m.version
ON CONFLICT DO NOTHING;
