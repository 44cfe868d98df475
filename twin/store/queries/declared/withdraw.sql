UPDATE declared_cause SET withdrawn_at = %(at)s WHERE code = %(code)s AND withdrawn_at IS NULL
