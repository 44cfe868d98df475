WITH released AS (
    DELETE FROM codec_quarantine WHERE name = %(name)s RETURNING sha256
), forgiven AS (
    DELETE FROM codec_strike WHERE sha256 IN (SELECT sha256 FROM released)
)
SELECT FROM released;
