"""Layers held in memory between two requests: read once, served many times, never stale for long.

What stands in the city changes with an import; a stamp of the store, asked at most every other
second, tells when to read it anew. Live state is read anew every few seconds, more rarely where
reading takes long: never more than a fifth of the time. The oldest layers are let go when too many
rows are held.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from control_center.open_data.collections import COLLECTIONS, Collection
from control_center.open_data.preparing import rows_of
from control_center.open_data.settings import OpenDataSettings
from twin.clock import Clock
from twin.errors import NotFound
from twin.store.database import Database
from twin.store.layers import LayerReader, Period

LIVE_KEPT_S = 5.0
_READING_SHARE = 4  # live state is kept this many times as long as its reading took
_PAST_KEPT = 8  # layers as they stood: enough for those who turn their pages
_STAMP_KEPT_S = 2.0
_ASKING_SHARE = 20  # a stamp is kept this many times as long as asking took


_ALWAYS: Period = (None, None)
_Key = tuple[str, Period | None]


@dataclass(frozen=True)
class Held:
    """One layer, as it was read.

    Attributes
    ----------
    collection : Collection
        What it is.
    rows : DataFrame
        As of `preparing.rows_of`, by code.
    read_at : datetime
        When. [UTC]
    stamp : str
        Changes when the rows may have changed.
    since : datetime or None
        Start of what is remembered of the layer, past versions included; None: see the rows.
    """

    collection: Collection
    rows: pl.DataFrame
    read_at: datetime
    stamp: str
    since: datetime | None = None

    @cached_property
    def bounds(self) -> NDArray[np.float64]:
        """West, south, east, north of each feature, float64[N, 4]; NaN without a place. [°]"""
        if self.collection.geometry in ("line", "area"):
            return shapely.bounds(shapely.from_wkb(self.rows["geom"].to_numpy()))
        place = self.rows.select("longitude", "latitude").to_numpy().astype(np.float64)
        return np.hstack([place, place])

    @property
    def extent(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of the whole layer; None where nothing has a place. [°]"""
        placed = self.bounds[~np.isnan(self.bounds[:, 0])]
        if not len(placed):
            return None
        west, south = placed[:, :2].min(axis=0)
        east, north = placed[:, 2:].max(axis=0)
        return float(west), float(south), float(east), float(north)

    @property
    def interval(self) -> tuple[datetime | None, datetime | None]:
        """First and last instant of the layer, its history included; None where it is open."""
        first, last = self.collection.starts, self.collection.ends
        start = self.since or self.rows[first].min()
        end = self.rows[last].max() if last and not self.rows[last].null_count() else None
        return (
            start if isinstance(start, datetime) else None,
            end if isinstance(end, datetime) else None,
        )

    def geometries(self, numbers: NDArray[np.int64]) -> NDArray[np.object_]:
        """Return the geometries of some rows; None where a feature has no place."""
        some = self.rows[numbers]
        if self.collection.geometry in ("line", "area"):
            return np.asarray(shapely.from_wkb(some["geom"].to_numpy()))
        place = some.select("longitude", "latitude").to_numpy().astype(np.float64)
        made = np.full(len(some), None, dtype=object)
        there = ~np.isnan(place[:, 0])
        made[there] = shapely.points(place[there])
        return made


class Holdings:
    """The layers of one store.

    Parameters
    ----------
    database : Database
        The store.
    clock : Clock
        Dates what is read.
    settings : OpenDataSettings
        What is withheld, how much is kept.
    """

    def __init__(
        self, database: Database, clock: Clock, settings: OpenDataSettings | None = None
    ) -> None:
        self.settings = settings or OpenDataSettings()
        self.reader = LayerReader(database)
        self._clock = clock
        self._held: OrderedDict[_Key, tuple[Held, float]] = OrderedDict()  # until when, if live
        self._guard = threading.Lock()
        self._reading: dict[str, threading.Lock] = {}
        self._stamp: tuple[str, float]  # until when it holds
        self.forget_stamp()

    def offered(self) -> list[Collection]:
        """Return the collections that hold something, and live state; withheld ones are left out.

        Live state is offered as soon as there is what it speaks of, even while nothing happens.
        """
        there = {
            row["kind"]: row["things"] for row in self.reader.kinds().to_dicts() if row["things"]
        }
        about = {"live-gauges": "river_gauge"}
        return [
            one
            for one in COLLECTIONS.values()
            if one.id not in self.settings.withheld
            and there.get(one.kind or about.get(one.id, "streetlight"))
        ]

    def collection(self, name: str) -> Collection:
        """Return a collection that is offered.

        Raises
        ------
        NotFound
            There is none of that name, or it is withheld.
        """
        known = COLLECTIONS.get(name)
        if known is None or name in self.settings.withheld:
            raise NotFound("collection", name)
        return known

    def held(self, name: str) -> Held:
        """Return a layer, read anew where it may have changed.

        Raises
        ------
        NotFound
            There is none of that name, or it is withheld.
        """
        return self._found(self.collection(name), None)

    def during(self, name: str, period: Period | None) -> Held:
        """Return a layer as it stood at some moment of a period, each thing in its newest version.

        Live state has no past here: its own rows say when they hold.

        Raises
        ------
        NotFound
            There is none of that name, or it is withheld.
        """
        now = self.held(name)
        if period is None or now.collection.live:
            return now
        _, otherwise = self.reader.history(now.collection.kind, period)
        return self._found(now.collection, period) if otherwise else now

    def stamp(self) -> str:
        """Return the stamp of the store, two seconds old or a little more in a large city."""
        stamp, until = self._stamp
        began = time.monotonic()
        if began >= until:
            stamp = self.reader.stamp()
            asked = time.monotonic()
            self._stamp = (stamp, asked + max(_STAMP_KEPT_S, _ASKING_SHARE * (asked - began)))
        return stamp

    def forget_stamp(self) -> None:
        """Ask the store at the next reading, however lately it was asked."""
        self._stamp = ("", 0.0)

    def _found(self, collection: Collection, period: Period | None) -> Held:
        found = self._fresh(collection, period)
        if found is not None:
            return found
        with self._lock(collection.id):  # one reads; those who waited find it fresh
            return self._fresh(collection, period) or self._read(collection, period)

    def _fresh(self, collection: Collection, period: Period | None) -> Held | None:
        stamp = "" if collection.live else self.stamp()
        key = (collection.id, period)
        with self._guard:
            found, until = self._held.get(key, (None, 0.0))
            if found is None:
                return None
            self._held.move_to_end(key)
        if collection.live:
            return found if time.monotonic() < until else None
        return found if found.stamp == stamp else None

    def _read(self, collection: Collection, period: Period | None) -> Held:
        began = time.monotonic()
        stamp = f"live {began}" if collection.live else self.stamp()
        rows = rows_of(self.reader, collection, period)
        since = None if collection.live else self.reader.history(collection.kind, _ALWAYS)[0]
        held = Held(collection, rows, self._clock.now(), stamp, since)
        read = time.monotonic()
        until = read + max(LIVE_KEPT_S, _READING_SHARE * (read - began))
        with self._guard:
            self._held[(collection.id, period)] = (held, until)
            self._held.move_to_end((collection.id, period))
            self._let_go()
        return held

    def _let_go(self) -> None:
        """Let the oldest layers go, and first of all those of the past that nobody turns."""
        past = [key for key in self._held if key[1] is not None]
        for key in past[:-_PAST_KEPT]:
            del self._held[key]
        while len(self._held) > 1 and self._rows() > self.settings.kept_rows:
            self._held.popitem(last=False)

    def _rows(self) -> int:
        return sum(held.rows.height for held, _ in self._held.values())

    def _lock(self, name: str) -> threading.Lock:
        with self._guard:
            return self._reading.setdefault(name, threading.Lock())


Read = Callable[[str], Held]
"""What quality and the catalogue need of the holdings: ``Holdings.held``."""
