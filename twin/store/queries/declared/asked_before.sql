SELECT code, request FROM declared_cause
WHERE recorded_by = %(person)s AND request_key = %(key)s
