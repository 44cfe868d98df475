-- (A hypertable is dropped alone.)
DROP TABLE light_state_history;
DROP TABLE works, light_state, proof, incident_asset, incident, supply_state, supply_event,
    flood_polygon, flood_extent, flood;
DROP SEQUENCE light_state_seq;
DELETE FROM time_table WHERE name = 'light_state_history';
