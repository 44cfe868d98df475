SELECT source, minute, outcome, reason, count
FROM ledger
WHERE minute >= %(start)s AND minute < %(end)s
ORDER BY minute, source, outcome, reason;
