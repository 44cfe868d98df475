-- How much one reporter, and all reporters about one light, said since an instant.
SELECT count(*) FILTER (WHERE s.reporter = %(reporter)s AND s.witness = %(witness)s),
       count(*) FILTER (WHERE a.code = %(light)s)
FROM sighting s
JOIN asset a ON a.id = s.asset_id
WHERE s.recorded_at > %(since)s
