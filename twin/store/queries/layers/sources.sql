-- Each file that things of a kind came from: when it was last read, by which terms, with what result.
-- A thing names the import that changed it last; a later import of the same file confirmed it.
WITH standing AS (
    SELECT a.kind, coalesce(d.mapping, '') AS mapping, coalesce(d.file_name, '') AS file_name,
           count(*) AS things, max(d.imported_at) AS changed_at
    FROM asset a
    LEFT JOIN dataset d ON d.id = a.dataset_id
    WHERE a.valid_to IS NULL
    GROUP BY 1, 2, 3
)
SELECT s.kind, s.mapping, s.file_name, s.things, s.changed_at,
       newest.imported_at, past.first_at, coalesce(past.times, 0),
       coalesce(newest.licence, ''), coalesce(newest.attribution, ''),
       newest.rows_read, newest.rows_kept, newest.rows_set_aside,
       coalesce(newest.report ->> 'publisher', ''), coalesce(newest.report ->> 'frequency', ''),
       coalesce(newest.report ->> 'url', '')
FROM standing s
LEFT JOIN LATERAL (
    SELECT * FROM dataset d
    WHERE d.mapping = s.mapping AND d.file_name = s.file_name
    ORDER BY d.imported_at DESC, d.id DESC LIMIT 1
) newest ON true
LEFT JOIN LATERAL (
    SELECT min(d.imported_at) AS first_at, count(*) AS times FROM dataset d
    WHERE d.mapping = s.mapping AND d.file_name = s.file_name
) past ON true
ORDER BY s.kind, s.things DESC, s.mapping, s.file_name
