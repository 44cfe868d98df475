SELECT worker, at, status
FROM worker_status
ORDER BY worker;
