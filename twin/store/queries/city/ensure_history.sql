SELECT ensure_history(%(days)s::date[])
