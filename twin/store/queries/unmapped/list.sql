-- By profile, name and reason: how many devices, and what the last value was.
SELECT u.profile, u.name, u.why,
       (array_agg(u.unit ORDER BY u.last_at DESC))[1] AS unit,
       (array_agg(u.example ORDER BY u.last_at DESC))[1] AS example,
       count(*) FILTER (WHERE u.dev_eui <> '') AS devices,
       min(u.first_at) AS first_at, max(u.last_at) AS last_at
FROM unmapped u
WHERE %(dev_eui)s::text IS NULL OR u.dev_eui = %(dev_eui)s
   OR u.dev_eui = '' AND u.profile = (SELECT d.profile FROM device d WHERE d.dev_eui = %(dev_eui)s)
GROUP BY u.profile, u.name, u.why
ORDER BY max(u.last_at) DESC, u.profile, u.name, u.why
LIMIT %(limit)s;
