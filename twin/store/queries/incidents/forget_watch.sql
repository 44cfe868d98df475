DELETE FROM silence_watch WHERE asset_id = ANY(%(assets)s::bigint[])
