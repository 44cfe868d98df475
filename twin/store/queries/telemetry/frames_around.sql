-- The stored frames of devices from an instant on, and the one just before it. The bounds are given
-- as constants too, so that only the days that matter are opened.
SELECT f.*
FROM unnest(%(dev_euis)s::text[], %(since)s::timestamptz[]) AS q (dev_eui, since)
CROSS JOIN LATERAL (
    (SELECT w.event_at, w.copy_key, w.dev_eui, w.network, w.session, w.epoch, w.f_cnt, w.f_port,
            w.payload, w.received_at, w.gateway_at, w.network_at, w.application_at,
            w.time_source, w.flags, w.codec_id, w.copies, w.receptions, w.decoded_by_network,
            w.frequency, w.bandwidth, w.spreading_factor, w.data_rate
     FROM frame w
     WHERE w.dev_eui = q.dev_eui AND w.event_at >= q.since
       AND w.event_at >= %(earliest)s)
    UNION ALL
    (SELECT p.event_at, p.copy_key, p.dev_eui, p.network, p.session, p.epoch, p.f_cnt, p.f_port,
            p.payload, p.received_at, p.gateway_at, p.network_at, p.application_at,
            p.time_source, p.flags, p.codec_id, p.copies, p.receptions, p.decoded_by_network,
            p.frequency, p.bandwidth, p.spreading_factor, p.data_rate
     FROM frame p
     WHERE p.dev_eui = q.dev_eui AND p.event_at < q.since
       AND p.event_at >= %(earliest)s - INTERVAL '7 days' AND p.event_at < %(latest)s
     ORDER BY p.event_at DESC, p.epoch DESC, p.f_cnt DESC
     LIMIT 1)
) f
ORDER BY f.dev_eui, f.event_at, f.copy_key;
