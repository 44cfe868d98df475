DROP TABLE incident_check;
DROP TABLE sighting;
