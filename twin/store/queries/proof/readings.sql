-- What was measured at a thing within a second, any channel.
SELECT o.value
FROM observation o
JOIN datastream d ON d.id = o.datastream_id
WHERE d.asset_id = %(asset)s AND d.property = %(property)s
  AND o.measured_at >= %(at)s AND o.measured_at < %(at)s + interval '1 second'
UNION
SELECT n.value
FROM latest n
JOIN datastream d ON d.id = n.datastream_id
WHERE d.asset_id = %(asset)s AND d.property = %(property)s
  AND n.measured_at >= %(at)s AND n.measured_at < %(at)s + interval '1 second'
