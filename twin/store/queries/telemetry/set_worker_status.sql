INSERT INTO worker_status (worker, at, status)
VALUES (%(worker)s, %(at)s, %(status)s)
ON CONFLICT (worker) DO UPDATE SET at = EXCLUDED.at, status = EXCLUDED.status;
