"""What instruments and people last said, kept between assessments and renewed batch by batch."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from control_center.assessment.source import CityView
from control_center.assessment.streams import (
    DEPTH,
    DIMMING,
    LAMP,
    LEVEL,
    ONLINE,
    PHASES,
    POWER,
    SUPPLY,
    VOLTAGE,
    Streams,
)
from twin.incidents.city import City
from twin.incidents.light_states import OFF, ON, UNSAID
from twin.incidents.observed import DeviceNews, LightNews, Observed, River
from twin.incidents.sightings import VALID_S, Sightings, Witness
from twin.incidents.silence import listening_since
from twin.incidents.times import NEVER, instant, micros
from twin.incidents.understanding import DEAD_VOLTAGE_V
from twin.store.batch_news import Heard, Mirror, Names
from twin.store.columns import INSTANT, read_arrays
from twin.store.diagnosis import SIGHTINGS
from twin.store.frames import read_frame
from twin.store.rows import read_rows
from twin.supply.layout import longs
from twin.supply.ranges import Floats, Ints, Longs, index_of, rows_of

LIT_FROM_W = 2.0
"""A controller that says nothing of its lamp is believed by its power: lit from here on. [W]"""

DEFAULT_INTERVAL_S = 3600.0
"""Expected time between two messages of a device that promised nothing. [s]"""

FROM_THE_FUTURE = timedelta(minutes=5)
"""A reading further ahead than this is set aside: it would stay current for ever."""

LISTENED = timedelta(days=1)
"""How far back gaps of our own are looked for."""


class News:
    """Arrays of what was last said, in a city's numbering.

    What is kept depends on the newest values in the store alone, never on the order in which they
    came: batch by batch or all at once, it is the same.

    Parameters
    ----------
    view : CityView
        The city.
    """

    def __init__(self, view: CityView) -> None:
        self._streams, self._mirror = Streams(view.city), Mirror()
        self._hearing = _Hearing(view.city.surroundings.radio.sensor_id)
        self._minutes = np.empty(0, np.int64)
        self._sightings = SIGHTINGS.to_frame()
        self._begin(view)

    def renumber(self, view: CityView) -> None:
        """Go on in the numbering of a city of the same things, without reading them again."""
        self._streams.renumber(view.city)
        self._hearing.renumber(view.city.surroundings.radio.sensor_id)
        self._begin(view)

    def _begin(self, view: CityView) -> None:
        """Lay out what is observed, of which nothing is taken yet."""
        self._city: City = view.city
        self._gauges = {
            row["asset_id"]: (row["code"], row["name"]) for row in view.gauges.to_dicts()
        }
        self._rivers: dict[int, River] = {}
        m, n = len(view.city.supply.light_id), len(view.city.supply)
        self._lamp, self._lamp_at = np.full(m, np.nan), np.full(m, NEVER, np.int64)
        self._power_at = np.full(m, NEVER, np.int64)
        self._phases = np.full((n, PHASES), np.nan)
        self._phases_at = np.full((n, PHASES), NEVER, np.int64)
        self._ahead: Ints = np.empty(0, np.int32)
        self._taken = False
        self.observed = Observed.silence(view.city)
        self.observed = replace(self.observed, sightings=self._witnessed())
        self._watch(view.sensors)

    def _watch(self, sensors: pl.DataFrame) -> None:
        """Note who promised to report, and how often."""
        ids = longs(sensors, "sensor_id")
        every = sensors["interval_s"].cast(pl.Float64).fill_null(DEFAULT_INTERVAL_S).to_numpy()
        known = sensors["known_since"].dt.epoch("us").fill_null(NEVER).to_numpy()
        city, observed = self._city, self.observed
        lights, devices, radio = observed.lights, observed.devices, observed.radio
        for where, values, into in (
            (rank := city.supply.rank_of(ids), every, lights.interval_s),
            (rank, known, lights.known_since),
            (city.supply.place_of(ids), every, devices.interval_s),
            (row := rows_of(city.surroundings.radio.sensor_id, ids), every, radio.interval_s),
            (row, known, radio.known_since),
        ):
            into[where[where >= 0]] = values[where >= 0]
        self._per_minute = float(np.nansum(60.0 / radio.interval_s))

    def renew(self, connection: Connection[TupleRow], now: datetime) -> None:
        """Read what was said since the last time."""
        until = micros(now + FROM_THE_FUTURE)
        streams, heard = self._mirror.renew(connection)
        highest = len(self._mirror.at) - 1 if streams is None else int(streams.max(initial=0))
        learnt = self._streams.learn(connection, highest)
        self._mirror.cover(len(self._streams.quantity))
        if streams is None or learnt or not self._taken:
            self._taken = True
            self._take(np.arange(len(self._streams), dtype=np.int32), until)
        else:
            touched = self._streams.touched(streams)
            self._take(np.union1d(touched, self._ahead) if len(self._ahead) else touched, until)
        self._hearing.renew(connection, heard)
        self.observed.radio.seen_at[:] = self._hearing.seen_at(until)
        self._listen(connection, now)
        self._inspections(connection)
        self._see(connection, now)

    def _take(self, quantity: Ints, until: int) -> None:
        """Note the newest word on some quantities."""
        streams = self._streams
        self._ahead = streams.ahead(self._mirror, quantity, until)
        if not len(quantity):
            return
        value, at = streams.newest(self._mirror, quantity, until)
        kind = streams.property[quantity]
        for code in np.unique(kind).tolist():
            some = np.flatnonzero(kind == code)
            which, values, when = quantity[some], value[some], at[some]
            rank, place = streams.rank[which], streams.place[which]
            lit, fed = rank >= 0, place >= 0
            self._lights(code, rank[lit], values[lit], when[lit])
            self._devices(code, place[fed], values[fed], when[fed], streams.channel[which[fed]])
            if code == ONLINE:
                self._gateways(streams.asset[which], values, when)
            if code == LEVEL:
                self._levels(streams.asset[which], values, when)

    def _lights(self, code: int, rank: Ints, values: Floats, at: Longs) -> None:
        news: LightNews = self.observed.lights
        if code == LAMP:
            self._lamp[rank], self._lamp_at[rank] = values, at
        elif code == POWER:
            news.power_w[rank], self._power_at[rank] = values, at
        elif code == DIMMING:
            news.ordered_level[rank] = values
        elif code == VOLTAGE:
            news.voltage_v[rank] = values
        if code in (LAMP, POWER):
            self._reported(rank)

    def _reported(self, rank: Ints) -> None:
        """Say what some lights report: their lamp, or their power if that was said later."""
        news, lamp_at, power_at = self.observed.lights, self._lamp_at[rank], self._power_at[rank]
        by_power = power_at > lamp_at
        lit = np.where(by_power, news.power_w[rank] >= LIT_FROM_W, self._lamp[rank] > 0)
        reported_at = np.maximum(lamp_at, power_at)
        news.reported[rank] = np.where(reported_at > NEVER, np.where(lit, ON, OFF), UNSAID)
        news.reported_at[rank] = reported_at

    def _devices(
        self, code: int, place: Ints, values: Floats, at: Longs, channels: np.ndarray
    ) -> None:
        news: DeviceNews = self.observed.devices
        if code == SUPPLY:
            news.supply[place] = np.where(at > NEVER, values > 0, UNSAID)
            news.supply_at[place] = at
        elif code == VOLTAGE:
            self._phases[place, channels], self._phases_at[place, channels] = values, at
            news.voltage_v[place] = _lowest(self._phases[place])
            news.voltage_at[place] = self._phases_at[place].max(axis=1)
        elif code == DEPTH:
            news.depth_m[place] = values.round(3)
            news.depth_at[place] = at

    def _gateways(self, ids: Longs, values: Floats, at: Longs) -> None:
        news = self.observed.radio
        row = rows_of(self._city.surroundings.radio.gateway_id, ids)
        ours = row >= 0
        news.online[row[ours]] = np.where(at > NEVER, values > 0, UNSAID)[ours]
        news.online_at[row[ours]] = at[ours]

    def _levels(self, ids: Longs, values: Floats, at: Longs) -> None:
        for asset, value, when in zip(ids.tolist(), values.tolist(), at.tolist(), strict=True):
            self._rivers.pop(asset, None)
            if asset in self._gauges and when > NEVER:
                self._rivers[asset] = River(*self._gauges[asset], level_m=value, at=when)
        rivers = tuple(self._rivers[asset] for asset in sorted(self._rivers))
        self.observed = replace(self.observed, rivers=rivers)

    def listening_since(self, now: datetime) -> int:
        """Tell since when our own door has been open without a gap. [µs]"""
        since = micros(now - LISTENED)
        return listening_since(self._minutes, self._per_minute, micros(now), since=since)

    def _listen(self, connection: Connection[TupleRow], now: datetime) -> None:
        """Note the minutes in which our door took anything, a day back."""
        since = now - LISTENED
        if len(self._minutes):
            since = max(since, instant(int(self._minutes[-1])) or since)
        (fresh,) = read_arrays(connection, "incidents/listened", (INSTANT,), {"since": since})
        kept = self._minutes[self._minutes > micros(now - LISTENED)]
        self._minutes = np.concatenate([kept, fresh])

    def _inspections(self, connection: Connection[TupleRow]) -> None:
        asset, at = read_arrays(connection, "incidents/inspections", ("i8", INSTANT))
        place = self._city.supply.place_of(asset)
        ours = place >= 0
        self.observed.devices.inspected_at[place[ours]] = at[ours]

    def _see(self, connection: Connection[TupleRow], now: datetime) -> None:
        """Note what witnesses said of late."""
        kept = self._sightings
        newest = kept["id"].max() if len(kept) else 0
        valid_from = now - timedelta(seconds=VALID_S)
        said = read_rows(connection, "diagnosis/sightings", {"after": newest, "since": valid_from})
        if not said and not len(kept):
            return
        recent = kept.filter(pl.col("recorded_at") > valid_from)
        if not said and len(recent) == len(kept):
            return
        self._sightings = pl.concat([recent, pl.DataFrame(said, SIGHTINGS, orient="row")])
        self.observed = replace(self.observed, sightings=self._witnessed())

    def _witnessed(self) -> Sightings:
        """Lay sightings out in the city's numbering; unknown reporters are one."""
        said = self._sightings
        numbers = {witness.name.lower(): int(witness) for witness in Witness}
        reporter = said["reporter"].rank("dense").cast(pl.Int64).to_numpy()
        return Sightings(
            light=self._city.supply.rank_of(longs(said, "asset_id")).astype(np.int64),
            dark=said["dark"].to_numpy(),
            at=said["at"].dt.epoch("us").to_numpy(),
            witness=np.array([numbers[name] for name in said["witness"].to_list()], np.uint8),
            reporter=np.where((said["reporter"] == "").to_numpy(), -1, reporter),
        )


class _Hearing:
    """When each sensor was last heard, by any of its devices.

    Parameters
    ----------
    sensor_id : int64 array (s)
        Ids of the sensors, in the order wanted.
    """

    def __init__(self, sensor_id: Longs) -> None:
        self._sensor_id = sensor_id
        self._name: Names = np.empty(0, "S1")  # of devices, in order
        self._asset, self._last = (np.empty(0, np.int64) for _ in range(2))
        self._row: Ints = np.empty(0, np.int32)

    def renumber(self, sensor_id: Longs) -> None:
        """Go on with the same sensors in another order."""
        self._sensor_id, self._row = sensor_id, rows_of(sensor_id, self._asset)

    def renew(self, connection: Connection[TupleRow], heard: list[Heard] | None) -> None:
        """Take what batches say, or read the table where they cannot tell."""
        if heard is None:
            return self._read(connection)
        for batch in heard:
            number = index_of(self._name, batch.dev_eui)
            ours = number >= 0
            np.maximum.at(self._last, number[ours], batch.at[ours])
        return None

    def _read(self, connection: Connection[TupleRow]) -> None:
        table = read_frame(connection, "incidents/heard", _HEARD)
        name = np.array(table["dev_eui"].cast(pl.Binary).to_list(), np.bytes_)
        table = table[order := np.argsort(name)]
        self._name = name[order]
        self._asset = longs(table, "asset_id")
        self._row = rows_of(self._sensor_id, self._asset)
        self._last = table["last_seen"].dt.epoch("us").fill_null(NEVER).to_numpy().copy()

    def seen_at(self, until: int) -> Longs:
        """Return when each sensor was last heard; word from after an instant is set aside. [µs]"""
        timely = (self._row >= 0) & (self._last <= until)
        seen = np.full(len(self._sensor_id), NEVER, np.int64)
        np.maximum.at(seen, self._row[timely], self._last[timely])
        return seen


_HEARD = pl.Schema(
    [
        ("dev_eui", pl.String()),
        ("asset_id", pl.Int64()),
        ("last_seen", pl.Datetime("us", "UTC")),  # null: never
    ]
)


def _lowest(phases: Floats) -> Floats:
    """Lowest phase that carries anything; NaN where none does."""
    carried = np.where(phases > DEAD_VOLTAGE_V, phases, np.inf)
    lowest = carried.min(axis=1)
    return np.where(np.isinf(lowest), np.nan, lowest)
