DELETE FROM latest l
USING unnest(%(times)s::timestamptz[], %(streams)s::integer[]) AS r (measured_at, datastream_id)
WHERE l.measured_at = r.measured_at AND l.datastream_id = r.datastream_id;
