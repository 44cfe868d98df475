SELECT 1 FROM incident_act WHERE act_key = %(key)s
