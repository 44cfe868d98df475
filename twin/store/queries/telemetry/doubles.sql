-- Identifiers that two devices share, the last heard first.
SELECT b.dev_eui, d.name, d.profile, b.first_at, b.last_at, b.returns, b.runs
FROM device_double b
JOIN device d USING (dev_eui)
WHERE (%(dev_eui)s::text IS NULL OR b.dev_eui = %(dev_eui)s)
ORDER BY b.last_at DESC
LIMIT %(limit)s;
