"""What this database can do, read once at start and passed down."""

from dataclasses import dataclass

from psycopg import Connection
from psycopg.rows import TupleRow

from twin.store.sql import statement


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Facts about the server; nothing else asks "which database is this?".

    Attributes
    ----------
    server : str
        PostgreSQL's version, e.g. ``"17.11"``.
    timescale : str | None
        TimescaleDB's version in use; None when tables are plain partitions.
    timescale_licensed : bool
        Whether the TSL features (compression, continuous aggregates, jobs) exist.
    postgis : str | None
        PostGIS's version; None where absent. Nothing requires it.
    """

    server: str
    timescale: str | None
    timescale_licensed: bool
    postgis: str | None

    @classmethod
    def read(cls, connection: Connection[TupleRow]) -> "Capabilities":
        """Ask the server."""
        row = connection.execute(statement("capabilities")).fetchone()
        assert row is not None  # noqa: S101 - the statement always returns one row
        server, timescale, licence, postgis = row
        return cls(
            server=server,
            timescale=timescale,
            timescale_licensed=licence == "timescale",
            postgis=postgis,
        )
