-- What the city as a whole has become.
SELECT
    (SELECT count(*) FROM asset WHERE kind = 'streetlight' AND valid_to IS NULL),
    (SELECT count(l.lamp_w) FROM light l JOIN asset a ON a.id = l.asset_id AND a.valid_to IS NULL),
    (SELECT coalesce(sum(l.lamp_w::float8), 0) / 1000
     FROM light l JOIN asset a ON a.id = l.asset_id AND a.valid_to IS NULL),
    (SELECT sum(coalesce(l.mains_w::float8, (a.properties ->> 'mains_estimate_w')::float8)) / 1000
     FROM light l JOIN asset a ON a.id = l.asset_id AND a.valid_to IS NULL),
    (SELECT count(*) FROM asset WHERE kind = 'cabinet' AND valid_to IS NULL),
    (SELECT count(*) FROM asset WHERE kind = 'feeder' AND valid_to IS NULL),
    (SELECT count(DISTINCT l.child_id) FROM link l JOIN asset a ON a.id = l.child_id
     WHERE l.role = 'supplies' AND l.valid_to IS NULL AND a.kind = 'streetlight'),
    (SELECT count(*) FROM asset WHERE kind = 'street' AND valid_to IS NULL),
    (SELECT coalesce(sum(s.length_cm), 0) / 100000.0
     FROM street_section s JOIN asset a ON a.id = s.asset_id AND a.valid_to IS NULL),
    (SELECT count(l.section_id)
     FROM light l JOIN asset a ON a.id = l.asset_id AND a.valid_to IS NULL),
    (SELECT sum(s.residents_thousandths) / 1000.0
     FROM street_section s JOIN asset a ON a.id = s.asset_id AND a.valid_to IS NULL),
    (SELECT count(*) FROM asset WHERE kind = 'building' AND valid_to IS NULL)
