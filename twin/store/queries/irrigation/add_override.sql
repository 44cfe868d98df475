INSERT INTO watering_override (zone_id, kind, starts_at, ends_at, person)
VALUES (%(zone_id)s, %(kind)s, %(starts_at)s, %(ends_at)s, %(person)s)
RETURNING id;
