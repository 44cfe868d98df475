"""What instruments and people last said, kept between assessments and renewed batch by batch."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from control_center.assessment.source import CitySource
from control_center.assessment.streams import PROPERTIES, Streams
from twin.incidents.city import City
from twin.incidents.light_states import OFF, ON
from twin.incidents.observed import DeviceNews, LightNews, Observed, RadioNews, River
from twin.incidents.sightings import VALID_S, Sightings, Witness
from twin.incidents.silence import listening_since
from twin.incidents.times import NEVER, instant, micros
from twin.incidents.understanding import DEAD_VOLTAGE_V
from twin.store.columns import INSTANT, read_arrays
from twin.store.diagnosis import SIGHTINGS
from twin.store.frames import read_frame
from twin.supply.layout import longs
from twin.supply.ranges import Floats, Ints, Longs, index_of

LIT_FROM_W = 2.0
"""A controller that says nothing of its lamp is believed by its power: lit from here on. [W]"""

DEFAULT_INTERVAL_S = 3600.0
"""Expected time between two messages of a device that promised nothing. [s]"""

FROM_THE_FUTURE = timedelta(minutes=5)
"""A reading further ahead than this is set aside: it would stay current for ever."""

LISTENED = timedelta(days=1)
"""How far back gaps of our own are looked for."""

_PHASES = 4  # the sum, or a single phase, then phases 1 to 3
_LISTENED = pl.Schema([("minute", pl.Datetime("us", "UTC"))])
_INSPECTIONS = pl.Schema([("asset_id", pl.Int64()), ("at", pl.Datetime("us", "UTC"))])


class News:
    """Arrays of what was last said, in a city's numbering.

    Parameters
    ----------
    source : CitySource
        With its city read.
    """

    def __init__(self, source: CitySource) -> None:
        self._streams = Streams(source.city)
        self._city: City = source.city
        self._gauges = source.gauges
        self._batch = -1
        self._heard_until = datetime(1970, 1, 1, tzinfo=UTC)
        self._minutes = np.empty(0, np.int64)
        self.observed = Observed.silence(source.city)
        self._phases = np.full((len(source.city.supply), _PHASES), np.nan)
        self._rivers: dict[int, River] = {}
        self._sensor_order = np.argsort(source.city.surroundings.radio.sensor_id)
        self._sensor_ids = source.city.surroundings.radio.sensor_id[self._sensor_order]
        self._sightings = SIGHTINGS.to_frame()
        self._watch(source.sensors)

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
            (row := _rows(city.surroundings.radio.sensor_id, ids), every, radio.interval_s),
            (row, known, radio.known_since),
        ):
            into[where[where >= 0]] = values[where >= 0]

    def renew(self, connection: Connection[TupleRow], now: datetime) -> bool:
        """Read what was said since the last time; return whether anything was."""
        fresh = self._latest(connection, now)
        self._listen(connection, now)
        heard = self._hear(connection, now)
        inspected = self._inspections(connection)
        seen = self._see(connection, now)
        return fresh or heard or inspected or seen

    def _latest(self, connection: Connection[TupleRow], now: datetime) -> bool:
        """Take the values that were written since; return whether there were any."""
        stream, at, value, quality, batch = read_arrays(
            connection,
            "telemetry/latest_since",
            ("i4", INSTANT, "f8", "i2", "i8"),
            {"since_batch": self._batch},
        )
        if not len(stream):
            return False
        self._batch = int(batch.max())
        self._streams.learn(connection, int(stream.max()))
        in_range, timely = quality & 1 == 0, at <= micros(now + FROM_THE_FUTURE)
        wanted = in_range & timely & (self._streams.property[stream] >= 0)
        self._take(stream[wanted], value[wanted], at[wanted])
        return True

    def _take(self, stream: Longs, values: Floats, at: Longs) -> None:
        streams = self._streams
        code = streams.property[stream]
        for number in np.unique(code).tolist():
            name, some = PROPERTIES[number], np.flatnonzero(code == number)
            which, value, when = stream[some], values[some], at[some]
            rank, place = streams.rank[which], streams.place[which]
            on_light, on_device = rank >= 0, place >= 0
            self._lights(name, rank[on_light], value[on_light], when[on_light])
            self._devices(
                name,
                place[on_device],
                value[on_device],
                when[on_device],
                streams.channel[which[on_device]],
            )
            if name == "online":
                self._gateways(streams.asset[which], value, when)
            if name == "water_level":
                self._levels(streams.asset[which], value, when)

    def _lights(self, name: str, rank: Ints, values: Floats, at: Longs) -> None:
        news: LightNews = self.observed.lights
        match name:
            case "lamp_on":
                news.reported[rank] = np.where(values > 0, ON, OFF)
                news.reported_at[rank] = np.maximum(news.reported_at[rank], at)
            case "active_power":
                news.power_w[rank] = values
                mute = rank[news.reported_at[rank] < at]
                news.reported[mute] = np.where(news.power_w[mute] >= LIT_FROM_W, ON, OFF)
                news.reported_at[rank] = np.maximum(news.reported_at[rank], at)
            case "dimming_level":
                news.ordered_level[rank] = values
            case "voltage":
                news.voltage_v[rank] = values

    def _devices(
        self, name: str, place: Ints, values: Floats, at: Longs, channels: np.ndarray
    ) -> None:
        news: DeviceNews = self.observed.devices
        match name:
            case "supply_present":
                newer = at >= news.supply_at[place]
                news.supply[place[newer]] = values[newer] > 0
                news.supply_at[place[newer]] = at[newer]
            case "voltage":
                inside = channels < _PHASES
                place, at = place[inside], at[inside]
                self._phases[place, channels[inside]] = values[inside]
                news.voltage_v[place] = _lowest(self._phases[place])
                np.maximum.at(news.voltage_at, place, at)
            case "water_depth":
                news.depth_m[place] = values.round(3)
                news.depth_at[place] = at

    def _gateways(self, ids: Longs, values: Floats, at: Longs) -> None:
        news: RadioNews = self.observed.radio
        row = _rows(self._city.surroundings.radio.gateway_id, ids)
        ours = row >= 0
        news.online[row[ours]] = values[ours] > 0
        news.online_at[row[ours]] = at[ours]

    def _levels(self, ids: Longs, values: Floats, at: Longs) -> None:
        gauges = {row["asset_id"]: (row["code"], row["name"]) for row in self._gauges.to_dicts()}
        for asset, value, when in zip(ids.tolist(), values.tolist(), at.tolist(), strict=True):
            if asset in gauges:
                self._rivers[asset] = River(*gauges[asset], level_m=value, at=when)
        rivers = tuple(self._rivers[asset] for asset in sorted(self._rivers))
        self.observed = replace(self.observed, rivers=rivers)

    @property
    def per_minute(self) -> float:
        """Messages that all devices together promised a minute."""
        every = self.observed.radio.interval_s
        return float(np.nansum(60.0 / every)) if len(every) else 0.0

    def listening_since(self, now: datetime) -> int:
        """Tell since when our own door has been open without a gap. [µs]"""
        since = micros(now - LISTENED)
        return listening_since(self._minutes, self.per_minute, micros(now), since=since)

    def _listen(self, connection: Connection[TupleRow], now: datetime) -> None:
        """Note the minutes in which our door took anything, a day back."""
        since = now - LISTENED
        if len(self._minutes):
            since = max(since, instant(int(self._minutes[-1])) or since)
        found = read_frame(connection, "incidents/listened", _LISTENED, {"since": since})
        fresh = found["minute"].dt.epoch("us").to_numpy()
        kept = self._minutes[self._minutes > micros(now - LISTENED)]
        self._minutes = np.concatenate([kept, fresh])

    def _hear(self, connection: Connection[TupleRow], now: datetime) -> bool:
        """Note when each sensor was last heard."""
        asset, at = read_arrays(
            connection, "incidents/heard", ("i8", INSTANT), {"since": self._heard_until}
        )
        timely = at <= micros(now + FROM_THE_FUTURE)
        asset, at = asset[timely], at[timely]
        if not len(asset):
            return False
        row = index_of(self._sensor_ids, asset)
        row = np.where(row >= 0, self._sensor_order[row], -1)
        ours = row >= 0
        np.maximum.at(self.observed.radio.seen_at, row[ours], at[ours])
        self._heard_until = instant(int(at.max())) or self._heard_until
        return True

    def _inspections(self, connection: Connection[TupleRow]) -> bool:
        recorded = read_frame(connection, "incidents/inspections", _INSPECTIONS)
        place = self._city.supply.place_of(longs(recorded, "asset_id"))
        at = recorded["at"].dt.epoch("us").to_numpy()
        ours = place >= 0
        before = self.observed.devices.inspected_at[place[ours]]
        self.observed.devices.inspected_at[place[ours]] = at[ours]
        return bool((before != at[ours]).any())

    def _see(self, connection: Connection[TupleRow], now: datetime) -> bool:
        """Note what witnesses said of late."""
        kept = self._sightings
        newest = kept["id"].max()
        valid_from = now - timedelta(seconds=VALID_S)
        after = {"after": newest if isinstance(newest, int) else 0, "since": valid_from}
        said = read_frame(connection, "diagnosis/sightings", SIGHTINGS, after)
        recent = kept.filter(pl.col("recorded_at") > valid_from)
        if not len(said) and len(recent) == len(kept):
            return False
        self._sightings = pl.concat([recent, said])
        self.observed = replace(self.observed, sightings=self._witnessed())
        return True

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


def _lowest(phases: Floats) -> Floats:
    """Lowest phase that carries anything; NaN where none does."""
    carried = np.where(phases > DEAD_VOLTAGE_V, phases, np.inf)
    lowest = carried.min(axis=1)
    return np.where(np.isinf(lowest), np.nan, lowest)


def _rows(ids: Longs, wanted: Longs) -> Ints:
    """Where wanted ids stand in distinct ids of any order; -1 where they do not."""
    order = np.argsort(ids)
    at = np.searchsorted(ids, wanted, sorter=order)
    found = order[np.minimum(at, len(ids) - 1)] if len(ids) else np.zeros(len(wanted), np.int64)
    right = ids[found] == wanted if len(ids) else np.zeros(len(wanted), np.bool_)
    return np.where(right, found, -1).astype(np.int32)
