INSERT INTO light_index (idx, asset_id)
SELECT idx, asset_id FROM incoming_index ORDER BY idx
