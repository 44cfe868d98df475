INSERT INTO device_session (dev_eui, session, epoch, f_cnt, event_at, received, first_f_cnt)
SELECT * FROM unnest(%(dev_euis)s::text[], %(sessions)s::text[], %(epochs)s::integer[],
                     %(f_cnts)s::bigint[], %(times)s::timestamptz[], %(received)s::bigint[],
                     %(first_f_cnts)s::bigint[])
ON CONFLICT (dev_eui) DO UPDATE
SET session = EXCLUDED.session, epoch = EXCLUDED.epoch, f_cnt = EXCLUDED.f_cnt,
    event_at = EXCLUDED.event_at, received = EXCLUDED.received,
    first_f_cnt = EXCLUDED.first_f_cnt;
