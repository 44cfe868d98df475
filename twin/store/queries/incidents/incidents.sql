-- Who is the root and what is claimed stand in the newest proof.
SELECT i.id, i.code, i.kind, i.root_key, i.status, i.opened_at, i.changed_at, i.closed_at,
       i.acknowledged_at, i.acknowledged_by, i.headline, i.proof_version,
       coalesce(p.document::jsonb -> 'root', '{}'), coalesce(p.document::jsonb -> 'claim', '{}'),
       i.rang_at, i.assigned_to, i.shelved_until, i.shelved_by, i.shelved_reason
FROM incident i
LEFT JOIN proof p ON p.incident_id = i.id AND p.version = i.proof_version
WHERE (%(code)s::text IS NULL OR i.code = %(code)s)
  AND (%(street_id)s::bigint IS NULL OR i.id IN (
        SELECT touched.incident_id
        FROM incident_asset touched
        JOIN light l ON l.asset_id = touched.asset_id AND touched.role IN ('light', 'silent')
        JOIN street_section s ON s.asset_id = l.section_id
        WHERE s.street_id = %(street_id)s))
  AND CASE %(which)s WHEN 'open' THEN i.status <> 'closed'
                     WHEN 'closed' THEN i.status = 'closed'
                     ELSE true END
ORDER BY coalesce(i.closed_at, 'infinity') DESC, i.opened_at DESC, i.id DESC
LIMIT %(limit)s
