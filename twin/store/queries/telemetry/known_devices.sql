-- What is known of devices: how they are read, and where their counters stand.
SELECT d.dev_eui, d.profile, d.application, d.name, d.network,
       EXISTS (SELECT FROM device_double b WHERE b.dev_eui = d.dev_eui),
       s.session, s.epoch, s.f_cnt, s.event_at, s.received, s.first_f_cnt
FROM device d
LEFT JOIN device_session s USING (dev_eui)
WHERE d.dev_eui = ANY(%(dev_euis)s);
