-- Of each source: received, how it ended, and by how much its minutes are out of balance.
WITH minutes AS (
    SELECT source, minute,
           coalesce(sum(count) FILTER (WHERE outcome = 'received'), 0) AS received,
           coalesce(sum(count) FILTER (WHERE outcome = 'stored'), 0) AS stored,
           coalesce(sum(count) FILTER (WHERE outcome = 'merged'), 0) AS merged,
           coalesce(sum(count) FILTER (WHERE outcome = 'rejected'), 0) AS rejected,
           coalesce(sum(count) FILTER (WHERE outcome = 'ignored'), 0) AS ignored
    FROM ledger
    WHERE minute >= %(start)s AND minute < %(end)s
    GROUP BY source, minute
)
SELECT source, sum(received)::bigint, sum(stored)::bigint, sum(merged)::bigint,
       sum(rejected)::bigint, sum(ignored)::bigint,
       sum(abs(received - stored - merged - rejected - ignored))::bigint, max(minute)
FROM minutes
GROUP BY source
ORDER BY source;
