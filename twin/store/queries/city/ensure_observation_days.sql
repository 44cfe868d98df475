SELECT ensure_partitions('observation', array_agg(DISTINCT (measured_at AT TIME ZONE 'UTC')::date))
FROM incoming_reading
HAVING count(*) > 0
