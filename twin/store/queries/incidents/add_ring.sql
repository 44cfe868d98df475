INSERT INTO incident_act (incident_id, act_key, at, person, kind)
VALUES (%(id)s, %(key)s, %(at)s, %(person)s, 'ring')
ON CONFLICT (act_key) DO NOTHING
