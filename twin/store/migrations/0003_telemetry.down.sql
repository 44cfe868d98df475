DROP TABLE worker_status;
DROP TABLE network_event, rejected, ledger, latest, observation, datastream, frame, codec,
    device_session, device;
DROP SEQUENCE batch_number;
DELETE FROM time_table WHERE name IN ('frame', 'observation', 'network_event');
