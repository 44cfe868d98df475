INSERT INTO declared_asset (cause_id, asset_id)
SELECT %(cause)s, unnest(%(assets)s::bigint[])
