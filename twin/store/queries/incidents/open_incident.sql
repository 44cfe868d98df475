INSERT INTO incident (code, kind, root_key, status, opened_at, changed_at, headline, proof_version)
VALUES (%(code)s, %(kind)s, %(root_key)s, %(status)s, %(opened_at)s, %(changed_at)s, %(headline)s, 0)
RETURNING id
