-- What waits in the quarantine, by reason.
SELECT source, reason, count(*)::bigint, sum(times)::bigint, min(received_at), max(received_at)
FROM rejected
GROUP BY source, reason
ORDER BY sum(times) DESC, source, reason;
