-- What is known of one light now, and what it is.
SELECT s.state, s.probability, s.since, root.kind, root.code, l.technology, l.lamp_w, l.mains_w
FROM light l
LEFT JOIN light_state s ON s.asset_id = l.asset_id
LEFT JOIN asset root ON root.id = s.proximate_id
WHERE l.asset_id = %(asset_id)s;
