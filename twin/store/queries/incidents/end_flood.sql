UPDATE flood SET ended_at = greatest(%(at)s, started_at) WHERE slug = %(slug)s AND ended_at IS NULL
