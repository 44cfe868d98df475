SELECT pg_notify('reverbere_city', %(version)s)
