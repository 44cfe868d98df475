"""What the operator's wall asks: one thing of the city, what feeds it, what happened when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
import shapely
from shapely.geometry.base import BaseGeometry

from twin.errors import NotFound
from twin.store.database import Database
from twin.store.frames import read_frame
from twin.store.sql import statement

FOUND = pl.Schema(
    {
        "kind": pl.String(),
        "code": pl.String(),
        "name": pl.String(),
        "kind_fr": pl.String(),
        "kind_en": pl.String(),
        "longitude": pl.Float64(),  # null: it has no place of its own
        "latitude": pl.Float64(),
    }
)
"""One row a thing that was found."""

DEVICES = pl.Schema(
    {
        "dev_eui": pl.String(),
        "name": pl.String(),
        "profile": pl.String(),
        "network": pl.String(),
        "interval_s": pl.Int32(),  # null: not known
        "last_seen": pl.Datetime("us", "UTC"),  # null: never
    }
)
"""One row a device that watches a thing."""

EVENTS = pl.Schema(
    {
        "at": pl.Datetime("us", "UTC"),
        "what": pl.String(),  # opened | closed | an act of the journal
        "subject": pl.String(),
        "kind": pl.String(),  # of the incident; '' for an act
        "person": pl.String(),  # '' for an incident
    }
)
"""One row an event of the time bar, in order."""

GAUGES = pl.Schema(
    {"asset_id": pl.Int64(), "code": pl.String(), "name": pl.String(), "readings": pl.Int64()}
)
"""One row a river gauge that measured something lately, the most talkative first."""


FLOODS_AT = pl.Schema({"flood_id": pl.Int32(), "simulated": pl.Boolean(), "extent_id": pl.Int32()})
"""One row a flood that had water at an instant, with its newest extent of then."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of the city.

    Attributes
    ----------
    id : int
        Its asset.
    kind, code, name : str
        The name may be empty.
    longitude, latitude : float | None
        Of a point that stands for it; None where it has no place of its own. [°]
    properties : dict
        What the importer kept beside the canonical columns.
    kind_names : dict
        By language.
    idx : int | None
        Row of a light in the current map; None for anything else.
    street : str
        Name of the street of a light; empty where none is known.
    """

    id: int
    kind: str
    code: str
    name: str
    longitude: float | None
    latitude: float | None
    properties: Mapping[str, Any]
    kind_names: Mapping[str, str]
    idx: int | None
    street: str


@dataclass(frozen=True, slots=True)
class SupplyLink:
    """One device on the way up from a thing to the source.

    Attributes
    ----------
    confidence : float
        Of the link below it, 0 to 1.
    rung : int
        How that link was learnt: 0 from a register … 4 learnt from readings.
    state : str
        ``twin.model.states.SupplyState``.
    """

    kind: str
    code: str
    name: str
    confidence: float
    rung: int
    state: str


@dataclass(frozen=True, slots=True)
class LightFacts:
    """A light now: its state (None before any assessment) and what it is (None: not known)."""

    state: int | None
    probability: float | None
    since: datetime | None
    cause_kind: str | None
    cause_code: str | None
    technology: str | None
    lamp_w: float | None
    mains_w: float | None
    mains_estimated: bool | None = None  # whether the publisher calls its own figure an estimate
    mains_estimate_w: float | None = None  # with usual gear, where nothing is published
    lamp_confidence: float | None = None  # of what was read in the lamp's text, 0 to 1
    end_of_production: date | None = None


@dataclass(frozen=True, slots=True)
class SupplyFacts:
    """A supply device now: its latch, what it is (None: not known), the lights under it."""

    state: str
    since: datetime | None
    reason: str
    basis: str
    probability: float | None
    plinth_m: float | None
    plinth_source: str
    ground_m_ngf: float | None
    ground_grid: str | None  # the grid of heights that tells it; None: a register
    ground_error_m: float | None
    regime: str
    rated_kw: float | None
    lights: int
    lights_out: int


@dataclass(frozen=True, slots=True)
class TouchingIncident:
    """An open incident that touches a thing."""

    code: str
    kind: str
    opened_at: datetime


class OperatorReader:
    """Reads for the operator's wall.

    Parameters
    ----------
    database : Database
        The store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def thing(self, kind: str, code: str) -> Thing:
        """Return one thing.

        Raises
        ------
        NotFound
            No standing thing of that kind has that code.
        """
        row = self._row("thing", kind=kind, code=code)
        if row is None:
            raise NotFound(kind, code)
        number, _, _, name, longitude, latitude, properties, name_fr, name_en, idx, street = row
        names = {"fr": name_fr, "en": name_en}
        return Thing(number, kind, code, name, longitude, latitude, properties, names, idx, street)

    def light_at(self, idx: int) -> str:
        """Return the code of the light that has a row of the current map.

        Raises
        ------
        NotFound
            The map has no such row.
        """
        row = self._row("light_at", idx=idx)
        if row is None:
            raise NotFound("light of the map", str(idx))
        return str(row[0])

    def light(self, asset_id: int) -> LightFacts:
        """Return what is known of one light."""
        row = self._row("light_of", asset_id=asset_id)
        return LightFacts(*(row or (None,) * 12))

    def supply(self, asset_id: int) -> SupplyFacts | None:
        """Return what is known of one supply device; None where the thing is none."""
        row = self._row("supply_of", asset_id=asset_id)
        return None if row is None else SupplyFacts(*row)

    def supply_path(self, asset_id: int) -> list[SupplyLink]:
        """Return what feeds a thing, from the nearest device to the source."""
        return [SupplyLink(*row) for row in self._rows("supply_path", asset_id=asset_id)]

    def devices_of(self, asset_id: int) -> pl.DataFrame:
        """Return the devices that watch a thing (``DEVICES``)."""
        return self._frame("devices_of", DEVICES, {"asset_id": asset_id})

    def incidents_of(self, asset_id: int) -> list[TouchingIncident]:
        """Return the open incidents that touch a thing, the last opened first."""
        return [TouchingIncident(*row) for row in self._rows("incidents_of", asset_id=asset_id)]

    def search(self, typed: str, limit: int = 12) -> pl.DataFrame:
        """Return the things whose code or name holds what was typed (``FOUND``)."""
        like = typed.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        return self._frame("search", FOUND, {"typed": typed, "like": like, "limit": limit})

    def wet_buildings(self) -> list[tuple[str, str, BaseGeometry]]:
        """Return code, name and footprint of the buildings that stand in water. [°]"""
        rows = self._rows("wet_buildings")
        return [(code, name, shapely.from_wkb(bytes(geom))) for code, name, geom in rows]

    def floods_at(self, at: datetime) -> pl.DataFrame:
        """Return the floods that had water at an instant (``FLOODS_AT``)."""
        return self._frame("floods_at", FLOODS_AT, {"at": at})

    def supply_states_at(self, at: datetime) -> dict[int, tuple[str, str]]:
        """Return the state known at an instant, and why, of each device that ever changed."""
        rows = self._rows("supply_states_at", at=at)
        return {int(asset): (str(state), str(reason or "")) for asset, state, reason in rows}

    def gauges(self, start: datetime) -> pl.DataFrame:
        """Return the river gauges that measured something since an instant (``GAUGES``)."""
        return self._frame("gauges", GAUGES, {"start": start})

    def events(self, start: datetime, end: datetime) -> pl.DataFrame:
        """Return what happened in a span (``EVENTS``)."""
        return self._frame("events", EVENTS, {"start": start, "end": end})

    def attributions(self) -> list[str]:
        """Return whom the imported data come from, each once."""
        return [str(row[0]) for row in self._rows("attributions")]

    def _row(self, name: str, **asked: object) -> tuple[Any, ...] | None:
        with self._database.connection() as connection:
            return connection.execute(statement(f"operator/{name}"), asked).fetchone()

    def _rows(self, name: str, **asked: object) -> list[tuple[Any, ...]]:
        with self._database.connection() as connection:
            return connection.execute(statement(f"operator/{name}"), asked).fetchall()

    def _frame(self, name: str, schema: pl.Schema, asked: Mapping[str, object]) -> pl.DataFrame:
        with self._database.connection() as connection:
            return read_frame(connection, f"operator/{name}", schema, asked)
