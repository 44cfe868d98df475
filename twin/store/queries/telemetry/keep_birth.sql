INSERT INTO sparkplug_birth AS b (node, device, number, born_at, metrics)
VALUES (%(node)s, %(device)s, %(number)s, %(born_at)s, %(metrics)s)
ON CONFLICT (node, device) DO UPDATE
SET number = EXCLUDED.number, born_at = EXCLUDED.born_at, metrics = EXCLUDED.metrics
WHERE EXCLUDED.born_at >= b.born_at;
