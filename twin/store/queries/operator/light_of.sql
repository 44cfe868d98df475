-- What is known of one light now, and what it is; with the estimates that the import made.
SELECT s.state, s.probability, s.since, root.kind, root.code, l.technology, l.lamp_w, l.mains_w,
       coalesce((a.properties ->> 'mains_estimated')::boolean, false),
       (a.properties ->> 'mains_estimate_w')::float8,
       (a.properties ->> 'lamp_confidence')::float8,
       (a.properties ->> 'end_of_production')::date
FROM light l
JOIN asset a ON a.id = l.asset_id
LEFT JOIN light_state s ON s.asset_id = l.asset_id
LEFT JOIN asset root ON root.id = s.proximate_id
WHERE l.asset_id = %(asset_id)s;
