UPDATE incident
SET status = %(status)s, headline = %(headline)s, proof_version = %(version)s,
    changed_at = greatest(changed_at, %(changed_at)s), closed_at = %(closed_at)s,
    returning_at = CASE %(status)s WHEN 'recovering' THEN coalesce(returning_at, %(changed_at)s)
                                   WHEN 'open' THEN NULL ELSE returning_at END
WHERE id = %(id)s
