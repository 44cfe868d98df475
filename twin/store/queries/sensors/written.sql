-- One row of arrays: states of sensors written since a revision; what is null comes as -infinity or 0.
SELECT array_agg(asset_id), array_agg(state), array_agg(reason),
       array_agg(coalesce(since, '-infinity')), array_agg(coalesce(deadline, '-infinity')),
       array_agg(coalesce(incident_id, 0)), array_agg(revision)
FROM sensor_state
WHERE revision > %(revision)s
