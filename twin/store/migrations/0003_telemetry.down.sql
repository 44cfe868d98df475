-- (A hypertable is dropped alone.)
DROP TABLE worker_status;
DROP TABLE network_event;
DROP TABLE observation;
DROP TABLE frame;
DROP TABLE rejected, ledger, latest, datastream, codec, device_session, device;
DROP SEQUENCE batch_number;
DELETE FROM time_table WHERE name IN ('frame', 'observation', 'network_event');
