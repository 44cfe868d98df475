DROP TABLE past_outage;
DROP TABLE sensor_state;
DROP SEQUENCE sensor_state_revision;
