-- Of each source: received, and how it ended.
SELECT source,
       coalesce(sum(count) FILTER (WHERE outcome = 'received'), 0)::bigint,
       coalesce(sum(count) FILTER (WHERE outcome = 'stored'), 0)::bigint,
       coalesce(sum(count) FILTER (WHERE outcome = 'merged'), 0)::bigint,
       coalesce(sum(count) FILTER (WHERE outcome = 'rejected'), 0)::bigint,
       coalesce(sum(count) FILTER (WHERE outcome = 'ignored'), 0)::bigint,
       max(minute)
FROM ledger
WHERE minute >= %(start)s AND minute < %(end)s
GROUP BY source
ORDER BY source;
