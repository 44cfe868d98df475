-- A device that was attached to a thing of the city brings the history it already has.
UPDATE datastream s
SET asset_id = d.asset_id
FROM device d
WHERE d.dev_eui = s.dev_eui AND s.asset_id IS NULL AND d.asset_id IS NOT NULL
  AND d.dev_eui = ANY(%(dev_euis)s)
  AND NOT EXISTS (
      SELECT FROM datastream t
      WHERE t.dev_eui = s.dev_eui AND t.asset_id = d.asset_id
        AND t.property = s.property AND t.channel = s.channel);
