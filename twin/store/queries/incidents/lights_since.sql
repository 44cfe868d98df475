-- One row of arrays: the states of lights that changed after a number; -1 for no device.
SELECT array_agg(asset_id), array_agg(state), array_agg(probability), array_agg(since),
       array_agg(coalesce(proximate_id, -1)), array_agg(coalesce(root_id, -1)), array_agg(seq)
FROM light_state
WHERE seq > %(seq)s
