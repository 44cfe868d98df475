UPDATE incident
SET status = %(status)s, headline = %(headline)s, proof_version = %(version)s,
    changed_at = greatest(changed_at, %(changed_at)s), closed_at = %(closed_at)s
WHERE id = %(id)s
