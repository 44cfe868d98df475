-- The savings as just computed: what is no longer asked about goes.
WITH gone AS (
    DELETE FROM saving s WHERE NOT EXISTS (
        SELECT FROM incoming_saving i WHERE i.asset_id = s.asset_id AND i.method = s.method)
)
INSERT INTO saving (asset_id, method, computed_at, baseline_from, baseline_to, reporting_from,
                    reporting_to, level, adjusted_kwh, measured_kwh, saving_kwh, low_kwh, high_kwh,
                    refusal, facts)
SELECT asset_id, method, %(computed_at)s, baseline_from, baseline_to, reporting_from, reporting_to,
       level, adjusted_kwh, measured_kwh, saving_kwh, low_kwh, high_kwh, refusal, facts
FROM incoming_saving
ON CONFLICT (asset_id, method) DO UPDATE
SET computed_at = EXCLUDED.computed_at, baseline_from = EXCLUDED.baseline_from,
    baseline_to = EXCLUDED.baseline_to, reporting_from = EXCLUDED.reporting_from,
    reporting_to = EXCLUDED.reporting_to, level = EXCLUDED.level,
    adjusted_kwh = EXCLUDED.adjusted_kwh, measured_kwh = EXCLUDED.measured_kwh,
    saving_kwh = EXCLUDED.saving_kwh, low_kwh = EXCLUDED.low_kwh, high_kwh = EXCLUDED.high_kwh,
    refusal = EXCLUDED.refusal, facts = EXCLUDED.facts
-- a run that finds the same leaves the rows, and the hour at which they were found, alone
WHERE (saving.baseline_from, saving.reporting_from, saving.reporting_to, saving.level,
       saving.adjusted_kwh, saving.measured_kwh, saving.low_kwh, saving.high_kwh, saving.refusal,
       saving.facts)
      IS DISTINCT FROM
      (EXCLUDED.baseline_from, EXCLUDED.reporting_from, EXCLUDED.reporting_to, EXCLUDED.level,
       EXCLUDED.adjusted_kwh, EXCLUDED.measured_kwh, EXCLUDED.low_kwh, EXCLUDED.high_kwh,
       EXCLUDED.refusal, EXCLUDED.facts);
