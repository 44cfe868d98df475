"""A seeded city that behaves: devices, weather, floods, faults, record and replay.

It speaks to the rest through the broker alone, like any device. It may import ``gis``,
``twin.model`` and the wire formats of ``ingest``; only the command line and the tests import it.
"""
