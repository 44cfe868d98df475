-- Whom the data that stand now must be credited to.
SELECT d.attribution
FROM dataset d
WHERE d.attribution <> ''
  AND EXISTS (SELECT FROM asset a WHERE a.dataset_id = d.id AND a.valid_to IS NULL)
GROUP BY d.attribution
ORDER BY min(d.id)
