-- The last value of each series of a thing, measured by an instant; as telemetry/streams does for now.
SELECT s.property, s.channel, s.unit, s.dev_eui, o.measured_at, o.value, o.quality
FROM datastream s
LEFT JOIN LATERAL (
    SELECT measured_at, value, quality FROM observation
    WHERE datastream_id = s.id AND measured_at <= %(at)s
    ORDER BY measured_at DESC LIMIT 1
) o ON true
WHERE s.asset_id = %(asset_id)s
ORDER BY s.property, s.channel, s.id;
