"""Streets as their pages need them: names to search, one street with its lights as they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl
import shapely
from psycopg import Connection
from psycopg.rows import TupleRow
from shapely.geometry.base import BaseGeometry

from twin.errors import NotFound
from twin.store.database import Database
from twin.store.frames import read_frame
from twin.store.sql import statement

STREET_NAMES = pl.Schema(
    {
        "slug": pl.String(),
        "name": pl.String(),
        "lights": pl.Int32(),
        "confirmed": pl.Int32(),
        "inferred": pl.Int32(),
    }
)
"""One row a street: its lights, and how many of them are out."""

STREET_LIGHTS = pl.Schema(
    {
        "asset_id": pl.Int64(),
        "code": pl.String(),
        "longitude": pl.Float64(),
        "latitude": pl.Float64(),
        "state": pl.Int16(),  # twin.model.states.LightState; null: never assessed
        "probability": pl.Float32(),
        "since": pl.Datetime("us", "UTC"),
    }
)
"""One row a light of a street."""


SUPPLY_SHARES = pl.Schema(
    {
        "cabinet_id": pl.Int64(),  # null: no cabinet is known for these lights
        "cabinet": pl.String(),
        "lights_here": pl.Int32(),
        "lights": pl.Int32(),
        "watts_here": pl.Float64(),  # null: no wattage is known
        "watts": pl.Float64(),
    }
)
"""One row a cabinet that feeds a street: its lights and their power [W] there, and in all."""


@dataclass(frozen=True, slots=True)
class Street:
    """One street.

    Attributes
    ----------
    id : int
        Its asset.
    slug, name : str
        Its name in addresses and on its sign.
    length_m : float | None
        Of its sections together; None where none is known. [m]
    """

    id: int
    slug: str
    name: str
    length_m: float | None


@dataclass(frozen=True, slots=True)
class Look:
    """A street as it stands.

    Attributes
    ----------
    lights : DataFrame
        ``STREET_LIGHTS``.
    lines : list of geometry
        Centrelines of its sections. [°, EPSG:4326]
    last_news : datetime | None
        When the territory's last message was taken; None before the first. [UTC]
    """

    street: Street
    lights: pl.DataFrame
    lines: list[BaseGeometry]
    last_news: datetime | None


class StreetReader:
    """Reads streets.

    Parameters
    ----------
    database : Database
        The store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def names(self) -> pl.DataFrame:
        """Return every named street (``STREET_NAMES``)."""
        with self._database.connection() as connection:
            return read_frame(connection, "streets/names", STREET_NAMES)

    def street(self, slug: str) -> Street:
        """Return one street.

        Raises
        ------
        NotFound
            No street has that name in addresses.
        """
        with self._database.connection() as connection:
            return _street(connection, slug)

    def look(self, slug: str) -> Look:
        """Return all that the page of a street shows of it, read in one transaction.

        Raises
        ------
        NotFound
            No street has that name in addresses.
        """
        with self._database.connection() as connection:
            street = _street(connection, slug)
            asked = {"street_id": street.id}
            # some dozens of rows: fetched, not copied out
            lights = connection.execute(statement("streets/lights"), asked).fetchall()
            lines = connection.execute(statement("streets/lines"), asked).fetchall()
            news = connection.execute(statement("streets/last_news")).fetchone()
        return Look(
            street=street,
            lights=pl.DataFrame(lights, schema=STREET_LIGHTS, orient="row"),
            lines=[shapely.from_wkb(bytes(geometry)) for (geometry,) in lines],
            last_news=news[0] if news else None,
        )

    def supply_shares(self, street_id: int) -> pl.DataFrame:
        """Return which cabinets feed a street, and for how much (``SUPPLY_SHARES``)."""
        with self._database.connection() as connection:
            return read_frame(
                connection, "streets/supply_shares", SUPPLY_SHARES, {"street_id": street_id}
            )

    def most_lit_by(self, cabinet_ids: Sequence[int]) -> str | None:
        """Return the slug of the largest street that hangs on some cabinets alone."""
        with self._database.connection() as connection:
            row = connection.execute(
                statement("streets/most_lit_by"), {"cabinet_ids": list(cabinet_ids)}
            ).fetchone()
        return None if row is None else str(row[0])


def _street(connection: Connection[TupleRow], slug: str) -> Street:
    row = connection.execute(statement("streets/by_slug"), {"slug": slug}).fetchone()
    if row is None:
        raise NotFound("street", slug)
    street_id, code, name, length_cm = row
    return Street(street_id, code, name, None if length_cm is None else length_cm / 100)
