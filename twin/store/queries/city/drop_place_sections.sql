-- `incoming_place` is where places belong now: what belongs nowhere any more goes.
DELETE FROM place_section p
WHERE NOT EXISTS (SELECT FROM incoming_place i WHERE i.asset_id = p.asset_id)
