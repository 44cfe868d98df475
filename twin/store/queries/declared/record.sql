INSERT INTO declared_cause (code, kind, title, reference, source, area, starts_at, until,
                            recorded_at, recorded_by, request_key, request)
VALUES (%(code)s, %(kind)s, %(title)s, %(reference)s, %(source)s, %(area)s, %(starts_at)s,
        %(until)s, %(recorded_at)s, %(recorded_by)s, %(request_key)s, %(request)s)
RETURNING id
