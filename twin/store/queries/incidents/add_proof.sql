INSERT INTO proof (incident_id, version, made_at, sha256, document)
VALUES (%(id)s, %(version)s, %(made_at)s, %(sha256)s, %(document)s)
