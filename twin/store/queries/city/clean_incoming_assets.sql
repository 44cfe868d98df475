UPDATE incoming_asset SET properties = jsonb_strip_nulls(properties)
