-- Batches from a number on that were not read yet, none as one row of nulls; and whether the last
-- one read still stands: only then is it certain that no other was forgotten since.
SELECT EXISTS (SELECT FROM batch_news WHERE batch = %(last)s),
       n.batch, n.readings, n.devices, n.heard_at
FROM (VALUES (1)) one (row)
LEFT JOIN batch_news n ON n.batch > %(after)s AND n.batch <> ALL(%(read)s::bigint[])
ORDER BY n.batch
