INSERT INTO codec_strike AS s (sha256, name, strikes, last_at)
VALUES (%(sha256)s, %(name)s, %(strikes)s, %(at)s)
ON CONFLICT (sha256) DO UPDATE
SET name = EXCLUDED.name, strikes = greatest(s.strikes, EXCLUDED.strikes),
    last_at = greatest(s.last_at, EXCLUDED.last_at);
