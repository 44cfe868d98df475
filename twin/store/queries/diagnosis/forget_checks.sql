DELETE FROM incident_check
