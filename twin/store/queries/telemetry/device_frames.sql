SELECT f.event_at, f.gateway_at, f.network_at, f.application_at, f.received_at, f.time_source,
       f.session, f.epoch, f.f_cnt, f.f_port, f.payload, f.flags, f.copies, f.receptions, f.decoded_by_network,
       f.frequency, f.bandwidth, f.spreading_factor, f.data_rate,
       c.name || '@' || c.version AS codec
FROM frame f
LEFT JOIN codec c ON c.id = f.codec_id
WHERE f.dev_eui = %(dev_eui)s
ORDER BY f.event_at DESC, f.epoch DESC, f.f_cnt DESC
LIMIT %(limit)s;
