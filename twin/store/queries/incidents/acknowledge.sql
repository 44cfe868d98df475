UPDATE incident SET acknowledged_at = %(at)s, acknowledged_by = %(person)s
WHERE code = %(code)s AND status <> 'closed' AND acknowledged_at IS NULL
