-- What valves last said of themselves: open or closed, and when.
SELECT s.asset_id, l.value, l.measured_at
FROM datastream s
JOIN latest l ON l.datastream_id = s.id
WHERE s.property = 'valve_open' AND s.channel = 0 AND s.asset_id = ANY(%(valve_ids)s)
ORDER BY s.asset_id, l.measured_at
