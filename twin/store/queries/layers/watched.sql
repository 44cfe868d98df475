-- What is measured of the things of each kind: how many have a series of it, and the newest value.
-- Past readings that were imported make series without a newest value.
SELECT a.kind, d.property, count(DISTINCT a.id), max(l.measured_at)
FROM datastream d
JOIN asset a ON a.id = d.asset_id AND a.valid_to IS NULL
LEFT JOIN latest l ON l.datastream_id = d.id
GROUP BY a.kind, d.property
ORDER BY a.kind, d.property
