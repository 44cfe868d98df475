INSERT INTO datastream (dev_eui, asset_id, property, channel, unit)
SELECT m.dev_eui, d.asset_id, m.property, m.channel, m.unit
FROM unnest(%(dev_euis)s::text[], %(properties)s::text[], %(channels)s::smallint[],
            %(units)s::text[]) AS m (dev_eui, property, channel, unit)
JOIN device d USING (dev_eui)
ORDER BY m.dev_eui, m.property, m.channel
ON CONFLICT DO NOTHING;
