SELECT source, outcome, reason, sum(count)::bigint
FROM ledger
WHERE minute >= %(start)s AND minute < %(end)s
GROUP BY source, outcome, reason
ORDER BY source, outcome, reason;
