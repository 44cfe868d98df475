INSERT INTO codec_source (codec_id, sha256, source)
SELECT c.id, m.sha256, m.source
FROM unnest(%(names)s::text[], %(versions)s::text[], %(sums)s::bytea[], %(sources)s::text[])
     AS m (name, version, sha256, source)
JOIN codec c USING (name, version)
ON CONFLICT DO NOTHING;
