"""Messages in, commands out: one page of verbs from broker to committed row.

Floor 3 of the house: knows ``twin`` and ``gis``.
"""
