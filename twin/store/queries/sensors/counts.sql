-- How many watched things of each kind are heard how.
SELECT a.kind, s.state, count(*)
FROM sensor_state s
JOIN asset a ON a.id = s.asset_id AND a.valid_to IS NULL
WHERE EXISTS (SELECT FROM device d WHERE d.asset_id = a.id)
GROUP BY a.kind, s.state
ORDER BY a.kind, s.state
