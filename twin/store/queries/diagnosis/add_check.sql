INSERT INTO incident_check (incident_id, rank, asset_id, act, gain_bits, dead, made_at)
VALUES (%(incident_id)s, %(rank)s, %(asset_id)s, %(act)s, %(gain_bits)s, %(dead)s, %(made_at)s)
