"""The servers under the product: PostgreSQL with TimescaleDB, and mosquitto.

========================  ====================================================================
module                    its one job
========================  ====================================================================
``services``              ``Services.start``: which servers, where, under whom; the whole answer
``settings``              what can be set
``places``                which folder, which account
``packages``              signed Debian packages through a private apt state (standard library)
``elf``, ``relocation``   programs that start with their own C library (standard library)
``prefix``                the private prefix: made once, proven, published (standard library)
``programs``              where the programs come from: system, prefix, wheel
``postgres``              one database server: made, configured, started, stopped
``mosquitto``             one broker: configured, started, stopped
``processes``             is it ours, is it alive, stop it
``supervisor``            watch, restart with growing delay, stop
``registry``              how other commands find what runs
========================  ====================================================================

Nothing is imported here: what is marked *standard library* also runs before the virtual
environment exists, while pip is still downloading.
"""
