-- River gauges with the height of their zero and their last reading.
SELECT a.code, a.name, (a.properties ->> 'zero_m_ngf')::double precision, n.value, n.measured_at
FROM asset a
LEFT JOIN datastream d ON d.asset_id = a.id AND d.property = 'water_level'
LEFT JOIN latest n ON n.datastream_id = d.id
WHERE a.kind = 'river_gauge' AND a.valid_to IS NULL
ORDER BY a.code
