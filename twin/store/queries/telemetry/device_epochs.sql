-- What a device's counter says of each of its epochs; frames without a counter say nothing.
SELECT epoch, min(session), min(f_cnt), max(f_cnt), count(DISTINCT f_cnt),
       min(event_at), max(event_at)
FROM frame
WHERE dev_eui = %(dev_eui)s AND event_at >= %(start)s AND event_at < %(end)s
  AND flags & 1024 = 0
GROUP BY epoch
ORDER BY epoch DESC;
