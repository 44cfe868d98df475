INSERT INTO codec (name, version)
SELECT * FROM unnest(%(names)s::text[], %(versions)s::text[]) AS m (name, version)
ORDER BY name, version
ON CONFLICT DO NOTHING;
