SELECT s.dev_eui, s.property, s.channel, s.id
FROM unnest(%(dev_euis)s::text[], %(properties)s::text[], %(channels)s::smallint[])
     AS m (dev_eui, property, channel)
JOIN device d USING (dev_eui)
JOIN datastream s USING (dev_eui, property, channel)
WHERE s.asset_id IS NOT DISTINCT FROM d.asset_id;
