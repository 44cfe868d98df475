-- Compare `incoming_asset` with what stands now: one row for each code that is there already. What
-- its properties do not say is no difference.
CREATE TEMPORARY TABLE matched_asset ON COMMIT DROP AS
SELECT a.id, i.code,
       (a.name, a.geom, a.properties)
           IS DISTINCT FROM (i.name, i.geom, jsonb_strip_nulls(i.properties)) AS differs
FROM incoming_asset i
JOIN asset a ON a.kind = %(kind)s AND a.code = i.code AND a.valid_to IS NULL
