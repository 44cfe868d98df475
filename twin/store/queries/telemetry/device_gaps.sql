-- Counts that never came, newest first: between which frames, and how many.
WITH counted AS (
    SELECT epoch, f_cnt, event_at,
           lag(f_cnt) OVER epochs AS before, lag(event_at) OVER epochs AS last_at
    FROM frame
    WHERE dev_eui = %(dev_eui)s AND event_at >= %(start)s AND event_at < %(end)s
      AND flags & 1024 = 0
    WINDOW epochs AS (PARTITION BY epoch ORDER BY f_cnt, event_at)
)
SELECT epoch, before + 1, f_cnt - 1, f_cnt - before - 1, last_at, event_at
FROM counted
WHERE f_cnt > before + 1
ORDER BY event_at DESC, f_cnt DESC
LIMIT %(limit)s;
