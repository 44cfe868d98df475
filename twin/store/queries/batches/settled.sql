SELECT datastream_id, measured_at, value, quality
FROM latest
WHERE datastream_id = ANY(%(streams)s::integer[])
