-- Minutes in which our door took anything: a gap among them is ours, nobody else's silence.
SELECT DISTINCT minute
FROM ledger
WHERE outcome = 'received' AND minute > %(since)s
ORDER BY minute
