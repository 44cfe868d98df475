INSERT INTO codec_quarantine (sha256, name, reason, since)
VALUES (%(sha256)s, %(name)s, %(reason)s, %(since)s)
ON CONFLICT (sha256) DO NOTHING;
