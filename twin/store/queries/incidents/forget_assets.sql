DELETE FROM incident_asset WHERE incident_id = %(id)s
