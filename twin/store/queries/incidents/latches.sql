-- One row of arrays: where the latches stand, codes as positions in the lists given (0: another one).
SELECT array_agg(asset_id), array_agg(coalesce(array_position(%(states)s::text[], state), 0)),
       array_agg(coalesce(array_position(%(reasons)s::text[], reason), 0)),
       array_agg(coalesce(array_position(%(bases)s::text[], basis), 0)),
       array_agg(since), array_agg(probability)
FROM supply_state
