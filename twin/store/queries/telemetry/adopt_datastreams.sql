-- A device that was attached to a thing of the city brings the history it already has.
WITH attached AS MATERIALIZED (
    SELECT dev_eui, asset_id
    FROM device
    WHERE dev_eui = ANY(%(dev_euis)s) AND asset_id IS NOT NULL
), loose AS MATERIALIZED (
    SELECT s.id, a.asset_id, s.dev_eui, s.property, s.channel
    FROM attached a
    JOIN datastream s ON s.dev_eui = a.dev_eui AND s.asset_id IS NULL
)
UPDATE datastream s
SET asset_id = l.asset_id
FROM loose l
WHERE s.id = l.id
  AND NOT EXISTS (
      SELECT FROM datastream t
      WHERE t.dev_eui = l.dev_eui AND t.asset_id = l.asset_id
        AND t.property = l.property AND t.channel = l.channel);
