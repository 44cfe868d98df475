-- The river gauges that have measured something since an instant, with their lag.
SELECT a.id, a.code, a.name, count(*)
FROM asset a
JOIN datastream d ON d.asset_id = a.id AND d.property = 'water_level'
JOIN observation o ON o.datastream_id = d.id AND o.measured_at >= %(start)s
WHERE a.kind = 'river_gauge' AND a.valid_to IS NULL
GROUP BY a.id
ORDER BY count(*) DESC, a.code;
