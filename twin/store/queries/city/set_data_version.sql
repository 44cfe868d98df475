UPDATE territory SET data_version = %(version)s WHERE data_version IS DISTINCT FROM %(version)s
