-- Savings of cabinets, or of buildings, as last computed.
SELECT s.asset_id, a.code, a.name, a.properties ->> 'use', s.method, s.computed_at,
       s.baseline_from, s.baseline_to, s.reporting_from, s.reporting_to, round(s.level::numeric, 4)::float8,
       s.adjusted_kwh, s.measured_kwh, s.saving_kwh, s.low_kwh, s.high_kwh, s.refusal, s.facts::text
FROM saving s
JOIN asset a ON a.id = s.asset_id AND a.valid_to IS NULL
WHERE a.kind = %(kind)s
ORDER BY a.code;
