INSERT INTO device_double AS d (dev_eui, first_at, last_at, returns, runs)
VALUES (%(dev_eui)s, %(first_at)s, %(last_at)s, %(returns)s, %(runs)s)
ON CONFLICT (dev_eui) DO UPDATE
SET first_at = least(d.first_at, EXCLUDED.first_at), last_at = greatest(d.last_at, EXCLUDED.last_at),
    returns = EXCLUDED.returns, runs = EXCLUDED.runs
RETURNING xmax = 0;
