-- The grids of now, the surest first; of two that are as sure, the finer, then the newer.
SELECT t.id, t.code, d.file_name, coalesce(nullif(d.report ->> 'publisher', ''), d.attribution) AS owner,
       d.licence, t.datum, t.error_m, t.step_m, t.west, t.south, t.east, t.north, t.known, t.valid_from
FROM terrain t
JOIN dataset d ON d.id = t.dataset_id
WHERE t.valid_to IS NULL
ORDER BY t.error_m, t.step_m, t.valid_from DESC, t.code
