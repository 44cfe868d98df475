SELECT c.id, c.name, c.version, s.sha256, q.reason, q.since, coalesce(k.strikes, 0)
FROM codec c
LEFT JOIN codec_source s ON s.codec_id = c.id
LEFT JOIN codec_quarantine q ON q.sha256 = s.sha256
LEFT JOIN codec_strike k ON k.sha256 = s.sha256
ORDER BY c.name, c.id;
