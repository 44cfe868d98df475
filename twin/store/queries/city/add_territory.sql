INSERT INTO territory (slug, name, simulated, timezone, metric_srid, longitude, latitude,
                       clock_offset_s, contact, created_at)
VALUES (%(slug)s, %(name)s, %(simulated)s, %(timezone)s, %(metric_srid)s, %(longitude)s,
        %(latitude)s, %(clock_offset_s)s, %(contact)s, %(at)s)
ON CONFLICT (only_one) DO NOTHING
