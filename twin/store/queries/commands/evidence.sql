-- What devices with an order under way said of themselves after it was given.
SELECT c.id, c.verb, c.parameters, s.property, s.channel, l.value, l.measured_at
FROM command c
JOIN datastream s ON s.dev_eui = c.dev_eui
     AND s.property IN ('valve_open', 'dimming_level', 'lamp_on')
JOIN latest l ON l.datastream_id = s.id AND l.measured_at > c.requested_at
WHERE c.state IN ('queued', 'sent', 'acknowledged')
ORDER BY c.id, s.property, s.channel;
