-- One array: minutes in which our door took anything, ascending. A gap among them is ours, nobody
-- else's silence.
SELECT array_agg(DISTINCT minute ORDER BY minute)
FROM ledger
WHERE outcome = 'received' AND minute > %(since)s
