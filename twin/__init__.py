"""The city's state, history and laws.

Floor 2 of the house: knows ``gis``. The laws (``supply``, ``incidents``, ``lighting``,
``buildings``, ``irrigation``) are pure functions of frames and arrays: no file, no clock, no
database; time is an argument. ``twin.store`` is the one room that speaks SQL.
"""
