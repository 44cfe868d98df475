-- What the header shows: the last message, and the ledger since an instant.
SELECT
    (SELECT max(received_at) FROM latest WHERE batch = (SELECT max(batch) FROM latest)),
    (SELECT max(batch) FROM latest),
    coalesce(sum(count) FILTER (WHERE outcome = 'received'), 0)::bigint,
    coalesce(sum(count) FILTER (WHERE outcome <> 'received'), 0)::bigint
FROM ledger
WHERE minute >= %(since)s;
