-- Move the announced end of a cause that was neither ended nor withdrawn, and keep the one before.
WITH before AS MATERIALIZED (
    SELECT id, until FROM declared_cause
    WHERE code = %(code)s AND ended_at IS NULL AND withdrawn_at IS NULL
      AND until IS DISTINCT FROM %(until)s
    FOR UPDATE
),
kept AS (
    INSERT INTO declared_term (cause_id, at, person, until_before, until_after)
    SELECT id, %(at)s, %(person)s, until, %(until)s FROM before
)
UPDATE declared_cause c SET until = %(until)s
FROM before WHERE c.id = before.id
RETURNING before.until
