INSERT INTO command_step (command_id, at, state, source, detail)
VALUES (%(id)s, %(at)s, %(state)s, %(source)s, %(detail)s)
ON CONFLICT DO NOTHING;
