-- River gauges with their newest level, above the gauge's own zero.
SELECT DISTINCT ON (a.code) a.code, a.name, a.longitude, a.latitude,
       a.properties ->> 'river', a.properties ->> 'zero_m_ngf',
       l.value, l.measured_at, l.quality
FROM asset a
LEFT JOIN datastream d ON d.asset_id = a.id AND d.property = 'water_level'
LEFT JOIN latest l ON l.datastream_id = d.id
WHERE a.kind = 'river_gauge' AND a.valid_to IS NULL
ORDER BY a.code, l.measured_at DESC NULLS LAST
