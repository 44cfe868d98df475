-- What a device's values were and are, each with the codec that made it, the newest first.
SELECT v.measured_at, s.property, s.channel, s.unit, v.value, v.quality,
       c.name || '@' || c.version AS codec, v.superseded_at
FROM datastream s
CROSS JOIN LATERAL (
    SELECT measured_at, value, quality, codec_id, NULL::timestamptz AS superseded_at
    FROM observation
    WHERE datastream_id = s.id AND measured_at >= %(since)s AND measured_at < %(until)s
    UNION ALL
    SELECT measured_at, value, quality, codec_id, superseded_at
    FROM observation_superseded
    WHERE datastream_id = s.id AND measured_at >= %(since)s AND measured_at < %(until)s
) v
LEFT JOIN codec c ON c.id = v.codec_id
WHERE s.dev_eui = %(dev_eui)s
ORDER BY v.measured_at DESC, s.property, s.channel, v.superseded_at DESC NULLS FIRST
LIMIT %(limit)s;
