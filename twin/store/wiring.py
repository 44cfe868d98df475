"""Wiring in the store: what hangs under what, how that is known, and where it is dirty."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from gis.register import LINKS, REFERENCE_COLUMNS
from gis.wiring_defects import DERIVED
from twin.store.copying import stage
from twin.store.database import Database
from twin.store.frames import read_frame
from twin.store.references import references_known
from twin.store.sql import statement

NODES: Final = pl.Schema(
    {
        "asset_id": pl.Int64(),
        "kind": pl.String(),
        "code": pl.String(),
        "longitude": pl.Float64(),
        "latitude": pl.Float64(),
        "parent_cabinet": pl.String(),
        "substation": pl.String(),
        "cabinet": pl.String(),
        "feeder": pl.String(),
        "supplied_by": pl.String(),
        "park": pl.String(),
        "point_of_connection": pl.String(),
        "valve": pl.String(),
        "street": pl.String(),
    }
)
"""One row a thing that hangs or carries, by ``asset_id``."""

CABLES: Final = pl.Schema(
    {
        "asset_id": pl.Int64(),
        "code": pl.String(),
        "feeder": pl.String(),
        "from_node": pl.String(),
        "to_node": pl.String(),
        "geom": pl.Binary(),
    }
)
"""One row a cable, by ``asset_id``; null where nobody says."""

DEFECTS: Final = pl.Schema(
    {
        "asset_id": pl.Int64(),
        "kind": pl.String(),
        "code": pl.String(),
        "defect": pl.String(),  # a code of gis.wiring_defects
        "detail": pl.String(),  # a line in English, for reports
        "facts": pl.String(),  # a JSON object: what gis.wiring_defects.FACTS names; empty: none
        "longitude": pl.Float64(),  # null: nobody knows where
        "latitude": pl.Float64(),
        "found_at": pl.Datetime("us", "UTC"),
    }
)
"""One row a thing and a defect, by defect, kind and code."""

RUNGS: Final = pl.Schema(
    {
        "kind": pl.String(),
        "rung": pl.Int8(),  # null: nothing known feeds it
        "source": pl.String(),
        "things": pl.Int64(),
        "confidence": pl.Float64(),  # mean of its best link; null without one
    }
)
"""One row a kind of thing and a way of knowing what feeds it."""

WIRES: Final = pl.Schema(
    {
        "longitude": pl.Float64(),
        "latitude": pl.Float64(),
        "supplier_id": pl.Int64(),
        "site_longitude": pl.Float64(),  # of the supplier, or of what feeds it; null: nowhere
        "site_latitude": pl.Float64(),
        "rung": pl.Int8(),  # the weaker of the light's link and its supplier's
        "confidence": pl.Float64(),  # of both together
    }
)
"""One row a light that hangs under something, by supplier."""

assert set(REFERENCE_COLUMNS) <= set(NODES.names())  # noqa: S101 - read once, at import

_WANTED = {
    "child_id": "bigint",
    "parent_id": "bigint",
    "role": "text",
    "rung": "smallint",
    "source": "text",
    "confidence": "float8",
}


class WiringWriter:
    """Writes wiring on one connection, all at one instant.

    Parameters
    ----------
    connection : Connection
        Inside the caller's transaction.
    at : datetime
        What it changes is valid from then on. [UTC]
    """

    def __init__(self, connection: Connection[TupleRow], at: datetime) -> None:
        self._connection, self._at = connection, at

    def nodes(self) -> pl.DataFrame:
        """Return everything that hangs or carries (``NODES``)."""
        return read_frame(self._connection, "wiring/nodes", NODES)

    def cables(self) -> pl.DataFrame:
        """Return the cables (``CABLES``)."""
        return read_frame(self._connection, "wiring/cables", CABLES)

    def links(self) -> pl.DataFrame:
        """Return the supply links that hold now (``gis.register.LINKS``), best first by child."""
        return read_frame(self._connection, "wiring/links", LINKS)

    def merge_links(self, links: pl.DataFrame) -> None:
        """Close the derived links that no longer hold, add the new ones (``LINKS``)."""
        stage(self._connection, "wanted_link", _WANTED, links.select(LINKS.names()))
        for name in ("close_links_of_closed", "close_links"):
            self._connection.execute(statement(f"city/{name}"), {"at": self._at})
        with references_known(self._connection):  # both ends were read just now
            self._connection.execute(statement("city/add_links"), {"at": self._at})
        self._connection.execute("ANALYZE link")
        self._connection.execute(statement("city/project_hydrozones"))

    def merge_learnt(self, links: pl.DataFrame) -> tuple[int, int]:
        """Close the learnt links that no longer hold, add the new ones; leave all others alone.

        Parameters
        ----------
        links : DataFrame
            ``LINKS``, all of rung 4.

        Returns
        -------
        added, closed : int
        """
        stage(self._connection, "wanted_link", _WANTED, links.select(LINKS.names()))
        at = {"at": self._at}
        closed = self._connection.execute(statement("wiring/replace_learnt"), at).rowcount
        self._connection.execute(statement("wiring/close_guesses"), at)
        added = self._connection.execute(statement("city/add_links"), at).rowcount
        return added, closed

    def declare(self, child_id: int, parent_id: int) -> None:
        """Write what a person says feeds a thing; it holds against files, plans and events."""
        asked = {"child_id": child_id, "parent_id": parent_id, "at": self._at}
        self._connection.execute(statement("wiring/close_links_of_child"), asked)
        self._connection.execute(statement("wiring/declare_link"), asked)

    def merge_defects(self, defects: pl.DataFrame, among: Sequence[str] = DERIVED) -> None:
        """Set where the topology is dirty.

        Parameters
        ----------
        among : sequence of str
            The defects that were looked for: others stay as they are.
        defects : DataFrame
            asset_id : int; defect, detail, facts : str; longitude, latitude : float, null where
            that is where the thing stands [°].
        """
        columns = {
            "asset_id": "bigint",
            "defect": "text",
            "detail": "text",
            "facts": "jsonb",
            "longitude": "float8",
            "latitude": "float8",
        }
        stage(self._connection, "found_defect", columns, defects)
        self._connection.execute(statement("wiring/close_defects"), {"defects": list(among)})
        self._connection.execute(statement("wiring/add_defects"), {"at": self._at})


class WiringReader:
    """Reads wiring.

    Parameters
    ----------
    database : Database
        The store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def rungs(self) -> pl.DataFrame:
        """Return how well the supply of each kind is known (``RUNGS``)."""
        with self._database.connection() as connection:
            return read_frame(connection, "wiring/rungs", RUNGS)

    def defects(self, asset_id: int | None = None) -> pl.DataFrame:
        """Return where the topology is dirty, everywhere or at one thing (``DEFECTS``)."""
        with self._database.connection() as connection:
            return read_frame(connection, "wiring/defects", DEFECTS, {"asset_id": asset_id})

    def wires(self, box: tuple[float, float, float, float], most: int) -> pl.DataFrame:
        """Return the lights of every supplier that feeds one in a box (``WIRES``).

        Parameters
        ----------
        box : west, south, east, north
            In degrees.
        most : int
            Most lights that are read.
        """
        asked = dict(zip(("west", "south", "east", "north"), box, strict=True))
        with self._database.connection() as connection:
            return read_frame(connection, "wiring/wires_in_box", WIRES, {**asked, "most": most})

    def nodes(self) -> pl.DataFrame:
        """Return everything that hangs or carries (``NODES``)."""
        with self._database.connection() as connection:
            return read_frame(connection, "wiring/nodes", NODES)

    def links(self) -> pl.DataFrame:
        """Return the supply links that hold now (``gis.register.LINKS``), best first by child."""
        with self._database.connection() as connection:
            return read_frame(connection, "wiring/links", LINKS)
