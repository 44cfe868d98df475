INSERT INTO flood (slug, name, source, simulated, started_at)
VALUES (%(slug)s, %(name)s, %(source)s, %(simulated)s, %(observed_at)s)
ON CONFLICT (slug) DO UPDATE SET
    name = excluded.name, source = excluded.source, simulated = excluded.simulated,
    started_at = least(flood.started_at, excluded.started_at),
    ended_at = CASE WHEN excluded.started_at <= flood.ended_at THEN flood.ended_at END
RETURNING id
