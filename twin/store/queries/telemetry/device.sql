SELECT d.dev_eui, d.network, d.name, d.profile, d.application, d.asset_id, d.interval_s,
       d.registered, d.first_seen, d.last_seen,
       s.session, s.epoch, s.f_cnt, s.received, s.first_f_cnt,
       a.kind AS thing_kind, a.code AS thing_code
FROM device d
LEFT JOIN asset a ON a.id = d.asset_id
LEFT JOIN device_session s USING (dev_eui)
WHERE d.dev_eui = %(dev_eui)s;
