"""The city as it stands in the store, laid out for the laws; read again only when it changed."""

from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from control_center.assessment.corrected import lay_out_again, patched, read_correction
from twin.incidents.around import RADIUS_M
from twin.incidents.city import City, Frames, lay_out
from twin.incidents.flood import Sites
from twin.store.city import CityReader, Territory
from twin.store.database import Database
from twin.store.frames import read_frame
from twin.store.rows import read_rows

HEARD_WITHIN = timedelta(days=30)
"""Who hears whom is learnt from messages at most this old."""

RECOUNT = timedelta(minutes=1)
"""How often links and wired devices are counted to see whether the city changed."""

RELEARN = timedelta(minutes=30)
"""How often that is learnt again."""

_GATEWAYS = pl.Schema(
    [
        ("gateway_id", pl.Int64()),
        ("supply_id", pl.Int64()),
        ("backup_h", pl.Float64()),
        ("code", pl.String()),
        ("name", pl.String()),
    ]
)
SENSORS = pl.Schema(
    [
        ("sensor_id", pl.Int64()),
        ("kind", pl.String()),
        ("interval_s", pl.Int32()),  # null: not known
        ("last_seen", pl.Datetime("us", "UTC")),  # null: never
        ("known_since", pl.Datetime("us", "UTC")),  # null: not known
        ("supply_id", pl.Int64()),  # null: on battery, or not known
    ]
)
_HEARS = pl.Schema([("gateway_id", pl.Int64()), ("sensor_id", pl.Int64())])
_PROGRAMMES = pl.Schema(
    [("asset_id", pl.Int64()), ("off_from_s", pl.Float64()), ("off_to_s", pl.Float64())]
)


class _Stamp(NamedTuple):
    """What changes when the city does; counts are None where they were not taken."""

    data_version: str | None
    dataset: int | None
    link: int | None
    devices: int | None = None
    supplies: int | None = None
    hears: int | None = None

    @property
    def quick(self) -> tuple[str | None, int | None, int | None]:
        return self[:3]

    def corrected(self, newest: int | None, change: int) -> "_Stamp":
        """Return it after some supply links were corrected."""
        supplies = None if self.supplies is None else self.supplies + change
        return self._replace(link=newest, supplies=supplies)


@dataclass(frozen=True, slots=True)
class CityView:
    """The city at one version; shared by all who look at it, and never written into.

    Attributes
    ----------
    city : City
        Laid out for the laws.
    territory : Territory
        What it is called, and where it lies.
    sensors : DataFrame
        Watched things (``SENSORS``), by id.
    gauges : DataFrame
        River gauges (``twin.model.frames.PLACES``).
    """

    city: City
    territory: Territory
    sensors: pl.DataFrame
    gauges: pl.DataFrame

    def corrects(self, other: "CityView") -> bool:
        """Whether it differs from another one by corrected links alone."""
        return self.sensors is other.sensors


class CitySource:
    """Hands out the city: the same one, until it is another.

    Parameters
    ----------
    database : Database
        The territory's store.
    """

    def __init__(self, database: Database) -> None:
        self._reader = CityReader(database)
        self._lock = Lock()
        self._stamp: _Stamp | None = None
        self._counted_at: datetime | None = None
        self._hears = _HEARS.to_frame()
        self._learnt_at: datetime | None = None
        self._view: CityView | None = None
        self._frames: Frames | None = None

    def refresh(self, connection: Connection[TupleRow], now: datetime) -> CityView:
        """Return the city, read again if it changed; a few corrected links are edited in.

        Raises
        ------
        NoTerritory
            Nothing has been imported or generated yet.
        """
        with self._lock:
            stamp = self._look(connection, now)
            relearn = self._learnt_at is None or not (
                self._learnt_at <= now < self._learnt_at + RELEARN
            )
            if self._view is None or stamp != self._stamp or relearn:
                self._view = self._renewed(connection, now, stamp, relearn=relearn)
                self._stamp = stamp
            return self._view

    def _renewed(
        self, connection: Connection[TupleRow], now: datetime, stamp: _Stamp, *, relearn: bool
    ) -> CityView:
        if not relearn and (view := self._corrected(connection, stamp)) is not None:
            return view
        hears = read_frame(
            connection, "incidents/hears", _HEARS, {"since": now - HEARD_WITHIN}
        ).sort("gateway_id", "sensor_id")
        known = stamp == self._stamp and hears.equals(self._hears)
        self._learnt_at = now
        if known and self._view is not None:
            return self._view
        self._hears = hears
        return self._read(connection)

    def _look(self, connection: Connection[TupleRow], now: datetime) -> _Stamp:
        """Return what changes when the city does; what must be counted, only now and then."""
        before = self._stamp or _Stamp(None, None, None)
        due = self._counted_at is None or not (self._counted_at <= now < self._counted_at + RECOUNT)
        for count in (due, True):
            stamp = _Stamp(*read_rows(connection, "incidents/city_stamp", {"count": count})[0])
            if count:
                self._counted_at = now
                return stamp
            if stamp.quick == before.quick:
                break
        return before

    def _corrected(self, connection: Connection[TupleRow], stamp: _Stamp) -> CityView | None:
        """Return the city with its corrected links, where nothing else changed."""
        before, view, frames = self._stamp, self._view, self._frames
        if before is None or view is None or frames is None or before.link is None:
            return None
        found = read_correction(connection, frames, before.link)
        if found is None or before.corrected(stamp.link, found.change_of_count(frames)) != stamp:
            return None
        frames = replace(
            patched(frames, found),
            devices=self._reader.supply_devices(),
            gateways=_gateways(connection),
        )
        frames = replace(frames, sensors=_fed(view.sensors, frames.lights))
        self._frames = frames
        return replace(view, city=_read_only(lay_out_again(view.city, frames, found.children)))

    def _read(self, connection: Connection[TupleRow]) -> CityView:
        reader = self._reader
        sensors = read_frame(connection, "incidents/sensors", SENSORS)
        lights = reader.lights()
        frames = Frames(
            lights=lights,
            devices=reader.supply_devices(),
            sections=reader.sections(),
            stretches=reader.stretches(),
            streets=reader.streets(),
            buildings=reader.buildings(),
            places=pl.concat([reader.places(kind) for kind in RADIUS_M]),
            links=reader.links("supplies"),
            gateways=_gateways(connection),
            sensors=_fed(sensors, lights),
            hears=self._hears,
            programmes=read_frame(connection, "incidents/programmes", _PROGRAMMES),
        )
        self._frames = replace(frames, buildings=None)  # they stand in the city
        return CityView(
            city=_read_only(lay_out(frames)),
            territory=reader.territory(),
            sensors=sensors,
            gauges=reader.places("river_gauge"),
        )


_sources: WeakKeyDictionary[Database, CitySource] = WeakKeyDictionary()
_sources_lock = Lock()


def source_of(database: Database) -> CitySource:
    """Return the one source of a territory; kept as long as its database."""
    with _sources_lock:
        found = _sources.get(database)
        if found is None:
            found = _sources[database] = CitySource(database)
        return found


def _gateways(connection: Connection[TupleRow]) -> pl.DataFrame:
    found = read_frame(connection, "incidents/gateways", _GATEWAYS)
    return found.unique("gateway_id", keep="first", maintain_order=True)


def _read_only(city: City) -> City:
    """Close all arrays of a city against writing: several threads look at it."""
    parts: list[Any] = [city]
    while parts:
        part = parts.pop()
        if isinstance(part, np.ndarray):
            part.flags.writeable = False
        elif isinstance(part, tuple):
            parts += part
        elif is_dataclass(part):
            parts += [getattr(part, each.name) for each in fields(part)]
        elif isinstance(part, Sites):
            parts += vars(part).values()
    return city


def _fed(sensors: pl.DataFrame, lights: pl.DataFrame) -> pl.DataFrame:
    """Give the controller of a light the supply of that light."""
    own = lights.select(sensor_id="asset_id", of_light="supply_id")
    return sensors.join(own, on="sensor_id", how="left", maintain_order="left").with_columns(
        supply_id=pl.coalesce("of_light", "supply_id")
    )
