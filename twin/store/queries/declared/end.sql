UPDATE declared_cause SET ended_at = greatest(%(at)s, starts_at)
WHERE code = %(code)s AND ended_at IS NULL AND withdrawn_at IS NULL
