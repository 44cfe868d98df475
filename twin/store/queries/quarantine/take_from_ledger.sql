-- Counts go down; a row that comes to nothing goes. Fewer rows answer where the ledger never said so.
WITH taken AS MATERIALIZED (
    SELECT * FROM unnest(%(sources)s::text[], %(minutes)s::timestamptz[], %(outcomes)s::text[],
                         %(reasons)s::text[], %(counts)s::bigint[])
         AS t (source, minute, outcome, reason, count)
), lowered AS (
    UPDATE ledger l SET count = l.count - t.count
    FROM taken t
    WHERE (l.source, l.minute, l.outcome, l.reason) = (t.source, t.minute, t.outcome, t.reason)
      AND l.count > t.count
    RETURNING 1
), gone AS (
    DELETE FROM ledger l
    USING taken t
    WHERE (l.source, l.minute, l.outcome, l.reason) = (t.source, t.minute, t.outcome, t.reason)
      AND l.count = t.count
    RETURNING 1
)
SELECT (SELECT count(*) FROM lowered) + (SELECT count(*) FROM gone);
