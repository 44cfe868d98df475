-- What the header shows: the last message, and the ledger since an instant.
WITH newest AS MATERIALIZED (SELECT max(batch) AS batch FROM latest)
SELECT
    (SELECT max(received_at) FROM latest WHERE batch = (SELECT batch FROM newest)),
    (SELECT batch FROM newest),
    coalesce(sum(count) FILTER (WHERE outcome = 'received'), 0)::bigint,
    coalesce(sum(count) FILTER (WHERE outcome <> 'received'), 0)::bigint
FROM ledger
WHERE minute >= %(since)s;
