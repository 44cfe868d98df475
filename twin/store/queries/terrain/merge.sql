-- A grid as it is now: one that says the same stays, one that says otherwise takes its place.
WITH same AS (
    SELECT id FROM terrain
    WHERE code = %(code)s AND valid_to IS NULL AND sha256 = %(sha256)s
      AND error_m = %(error_m)s::real AND datum = %(datum)s
), closed AS (
    UPDATE terrain SET valid_to = %(at)s
    WHERE code = %(code)s AND valid_to IS NULL AND NOT EXISTS (SELECT FROM same)
    RETURNING id
)
SELECT EXISTS (SELECT FROM same) AS unchanged, EXISTS (SELECT FROM closed) AS closed
