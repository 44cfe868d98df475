"""The city as it stands now, read as frames (``twin.model.frames``)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.clock import SystemClock
from twin.errors import NoTerritory
from twin.model import frames
from twin.store.database import Database
from twin.store.frames import read_frame
from twin.store.sql import statement


@dataclass(frozen=True, slots=True)
class Territory:
    """The one territory of a store.

    Attributes
    ----------
    slug, name : str
        Its name in addresses and in sentences.
    simulated : bool
        Whether it was invented; every page then says so.
    timezone : str
        IANA name, for what people read.
    metric_srid : int
        EPSG code of the system in which lengths and areas are computed.
    longitude, latitude : float
        Where the map opens. [°]
    clock_offset : timedelta
        Added to the machine's clock; zero for a real territory.
    data_version : str or None
        Epoch of the map; None until tiles were built.
    contact : dict
        Whom residents turn to: free keys such as ``service``, ``telephone``, ``url``.
    """

    slug: str
    name: str
    simulated: bool
    timezone: str
    metric_srid: int
    longitude: float
    latitude: float
    clock_offset: timedelta = timedelta(0)
    data_version: str | None = None
    contact: Mapping[str, str] = field(default_factory=dict)


_TERRITORY = (
    "slug",
    "name",
    "simulated",
    "timezone",
    "metric_srid",
    "longitude",
    "latitude",
    "data_version",
    "contact",
)  # columns of queries/city/territory.sql but the last, the clock's offset in seconds


class CityReader:
    """Reads the city: every frame is a fresh look at what is valid now.

    Parameters
    ----------
    database : Database
        The store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def territory(self) -> Territory:
        """Return the territory.

        Raises
        ------
        NoTerritory
            Nothing has been imported or generated yet.
        """
        with self._database.connection() as connection:
            return self.territory_on(connection)

    @staticmethod
    def territory_on(connection: Connection[TupleRow]) -> Territory:
        """Return the territory as one's own transaction sees it.

        Raises
        ------
        NoTerritory
            Nothing has been imported or generated yet.
        """
        row = connection.execute(statement("city/territory")).fetchone()
        if row is None:
            raise NoTerritory
        facts = dict(zip(_TERRITORY, row, strict=False))
        return Territory(**facts, clock_offset=timedelta(seconds=row[-1]))

    def clock(self) -> SystemClock:
        """Return the territory's clock."""
        return SystemClock(self.territory().clock_offset)

    def lights(self) -> pl.DataFrame:
        """Return the lights (``frames.LIGHTS``)."""
        return self._frame("city/lights", frames.LIGHTS)

    def supply_devices(self) -> pl.DataFrame:
        """Return substations, cabinets and feeders (``frames.SUPPLY_DEVICES``)."""
        return self._frame("city/supply_devices", frames.SUPPLY_DEVICES)

    def sections(self) -> pl.DataFrame:
        """Return the sections of street (``frames.SECTIONS``)."""
        return self._frame("city/sections", frames.SECTIONS)

    def stretches(self) -> pl.DataFrame:
        """Return the stretches of street and the lights that cover them (``frames.STRETCHES``)."""
        return self._frame("city/stretches", frames.STRETCHES)

    def streets(self) -> pl.DataFrame:
        """Return the streets (``frames.STREETS``)."""
        return self._frame("city/streets", frames.STREETS)

    def buildings(self) -> pl.DataFrame:
        """Return the buildings (``frames.BUILDINGS``)."""
        return self._frame("city/buildings", frames.BUILDINGS)

    def places(self, kind: str) -> pl.DataFrame:
        """Return the things of one kind (``frames.PLACES``), e.g. ``"school"``."""
        return self._frame("city/places", frames.PLACES, {"kind": kind})

    def places_along(self) -> pl.DataFrame:
        """Return crossings, schools, care, shelters by section (``frames.PLACES_ALONG``)."""
        return self._frame("city/places_along", frames.PLACES_ALONG)

    def links(self, role: str) -> pl.DataFrame:
        """Return the links of one role (``frames.LINKS``), e.g. ``"supplies"``."""
        return self._frame("city/links", frames.LINKS, {"role": role})

    def devices(self) -> pl.DataFrame:
        """Return the devices (``frames.DEVICES``)."""
        return self._frame("city/devices", frames.DEVICES)

    def attributions(self) -> list[str]:
        """Return whom the data must be credited to, in the order in which they came."""
        with self._database.connection() as connection:
            return [row[0] for row in connection.execute(statement("city/attributions"))]

    def _frame(
        self, name: str, schema: pl.Schema, parameters: Mapping[str, object] | None = None
    ) -> pl.DataFrame:
        with self._database.connection() as connection:
            return read_frame(connection, name, schema, parameters)
