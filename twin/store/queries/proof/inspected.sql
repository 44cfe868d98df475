SELECT count(*)
FROM audit
WHERE act = 'inspection' AND (detail ->> 'asset_id')::bigint = %(asset)s
  AND at >= %(at)s AND at < %(at)s + interval '1 second'
