COPY incoming_frame
      (event_at, copy_key, epoch, f_cnt, f_port, received_at, time_source, flags, copies,
       gateway_at, network_at, application_at, codec_id,
       frequency, bandwidth, spreading_factor, data_rate,
       dev_eui, network, session, payload, receptions, decoded_by_network)
FROM STDIN (FORMAT BINARY);
