-- One row a name; a device that makes up ever new names fills its own hundred and no more.
INSERT INTO unmapped AS u (dev_eui, profile, name, why, unit, example, first_at, last_at)
SELECT n.dev_eui, n.profile, n.name, n.why, n.unit, n.example, n.at, n.at
FROM unnest(%(dev_euis)s::text[], %(profiles)s::text[], %(names)s::text[], %(whys)s::text[],
            %(units)s::text[], %(examples)s::text[], %(times)s::timestamptz[])
     AS n (dev_eui, profile, name, why, unit, example, at)
WHERE (SELECT count(*) FROM unmapped k WHERE k.dev_eui = n.dev_eui AND k.profile = n.profile) < 100
   OR EXISTS (SELECT FROM unmapped k WHERE k.dev_eui = n.dev_eui AND k.profile = n.profile
              AND k.name = n.name AND k.why = n.why)
ORDER BY n.dev_eui, n.profile, n.name, n.why
ON CONFLICT (dev_eui, profile, name, why) DO UPDATE
SET unit = EXCLUDED.unit, example = EXCLUDED.example,
    first_at = least(u.first_at, EXCLUDED.first_at), last_at = greatest(u.last_at, EXCLUDED.last_at);
