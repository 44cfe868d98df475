DELETE FROM observation o
USING unnest(%(times)s::timestamptz[], %(streams)s::integer[]) AS r (measured_at, datastream_id)
WHERE o.measured_at = r.measured_at AND o.datastream_id = r.datastream_id;
