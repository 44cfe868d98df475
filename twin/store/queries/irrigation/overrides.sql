-- What people decided and did not take back, that touches a span.
SELECT id, zone_id, kind, starts_at, ends_at, person
FROM watering_override
WHERE undone_at IS NULL AND starts_at < %(until)s AND ends_at > %(since)s
ORDER BY id;
