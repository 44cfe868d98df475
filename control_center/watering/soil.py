"""The soil up to this evening: finished days of weather, balances, and today as far as it goes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.irrigation.daily_weather import daily_weather
from twin.irrigation.evapotranspiration import daily_reference_et
from twin.irrigation.received import daily_depths, metered, openings
from twin.irrigation.settings import WateringSettings
from twin.irrigation.soil_history import Carried, Days, Zones, carry
from twin.irrigation.soils import available_water
from twin.irrigation.water_balance import Order
from twin.lighting.sun import solar_elevation
from twin.local_time import local_date, midnight
from twin.store import irrigation as store
from twin.store import irrigation_writer as writer
from twin.store.city import Territory
from twin.store.database import Database
from twin.store.telemetry import TelemetryReader

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

STATION_PROPERTIES = (
    "air_temperature",
    "relative_humidity",
    "wind_speed",
    "global_radiation",
    "rain",
)
MEASURED, ASSUMED, UNKNOWN = "measured", "assumed", "unknown"
_BACKLOG_DAYS = 30
_LOW_SUN_DEG = 12.0  # under it, after noon, less than a twentieth of the day's light is to come
_STALE_DAYS = 3  # assumed evaporation never stands on older days
_OUT_OF_RANGE = 1  # quality, bit 0


@dataclass(frozen=True, slots=True)
class Moment:
    """Where and when a run takes place."""

    database: Database
    connection: Connection[TupleRow]
    territory: Territory
    settings: WateringSettings
    now: datetime

    @property
    def zone(self) -> str:
        """The territory's time zone."""
        return self.territory.timezone

    @property
    def today(self) -> date:
        """The local date."""
        return local_date(self.now, self.zone)


@dataclass(frozen=True, slots=True)
class Today:
    """The local day so far.

    Attributes
    ----------
    et0_mm : float or None
        Evapotranspiration of the whole day. [mm]
    basis : {'measured', 'assumed', 'unknown'}
        From today's measurements; the mean of the last days; neither.
    rain_mm : float or None
        Fallen so far; None: no gauge spoke today. [mm]
    heard_since : datetime or None
        First message of the station today: before it, today's rain is not known.
    t_min_c : float or None
        Lowest so far. [°C]
    method : str
        What gave the evapotranspiration, empty where assumed.
    """

    et0_mm: float | None
    basis: str
    rain_mm: float | None
    heard_since: datetime | None
    t_min_c: float | None
    method: str

    @classmethod
    def unknown(cls) -> "Today":
        """Return a day of which nothing is known."""
        return cls(None, UNKNOWN, None, None, None, "")


@dataclass(frozen=True, slots=True)
class Evening:
    """Soils as they stand tonight; arrays (Z,) in the order of the zones.

    Attributes
    ----------
    low_mm, high_mm : array
        Bounds of the depletion; the whole store where nothing is known. [mm]
    et_mm, rain_mm, irrigation_mm : array
        Today's share of what zones lost and received. [mm]
    probed : bool array
        Where a probe in the soil narrowed the bounds.
    """

    low_mm: FloatArray
    high_mm: FloatArray
    et_mm: FloatArray
    rain_mm: FloatArray
    irrigation_mm: FloatArray
    probed: BoolArray

    @classmethod
    def unknown(cls, soils: Zones) -> "Evening":
        """Return soils of which nothing is known."""
        nothing = np.zeros(soils.available_mm.size)
        probed = nothing.astype(bool)
        return cls(nothing, soils.available_mm.copy(), nothing, nothing, nothing, probed)


def station_of(moment: Moment) -> dict[str, object] | None:
    """Return the station that serves the territory; None without any."""
    stations = store.stations(moment.connection)
    return stations.row(0, named=True) if stations.height else None


def close_days(moment: Moment, station: dict[str, object]) -> Today:
    """Keep the finished days that the station measured well enough; return today so far."""
    last = station["last_day"]
    first = moment.today - timedelta(days=_BACKLOG_DAYS)
    if isinstance(last, date):
        first = max(first, last + timedelta(days=1))
    messages = _messages(moment, station, min(first, moment.today))
    days = _days(moment, station, messages)
    whole = days.filter(
        pl.col("complete"), pl.col("day") >= first, pl.col("et0_mm").is_not_null()
    ).filter(pl.col("wind_2m_m_s").is_not_null() & pl.col("radiation_mj_m2").is_not_null())
    writer.add_weather(moment.connection, _identifier(station), whole)
    return _so_far(moment, station, days.filter(pl.col("day") == moment.today), messages)


def _identifier(station: dict[str, object]) -> int:
    return int(str(station["station_id"]))


def _number(station: dict[str, object], name: str, otherwise: float) -> float:
    value = station[name]
    return float(value) if isinstance(value, (int, float)) else otherwise


def _messages(moment: Moment, station: dict[str, object], first: date) -> pl.DataFrame:
    """Read what the station said since a date."""
    said = TelemetryReader(moment.database).history(
        STATION_PROPERTIES,
        midnight(first, moment.zone),
        moment.now,
        asset_ids=[_identifier(station)],
    )
    return said.filter(pl.col("quality") & _OUT_OF_RANGE == 0)


def _days(moment: Moment, station: dict[str, object], messages: pl.DataFrame) -> pl.DataFrame:
    """Gather messages into days, with their evapotranspiration."""
    days = daily_weather(
        messages,
        timezone=moment.zone,
        until=moment.now,
        wind_height_m=_number(station, "wind_height_m", moment.settings.wind_height_m),
    )
    return daily_reference_et(
        days,
        latitude_deg=_number(station, "latitude", moment.territory.latitude),
        altitude_m=_number(station, "altitude_m", 0.0),
    )


def _so_far(
    moment: Moment, station: dict[str, object], today: pl.DataFrame, messages: pl.DataFrame
) -> Today:
    row = today.row(0, named=True) if today.height else {}
    begun = midnight(moment.today, moment.zone)
    heard = messages.filter(pl.col("measured_at") >= begun)["measured_at"].to_list()
    since = min(heard, default=None)
    if row and _nearly_measured(moment, row["hours"]):
        return Today(
            row["et0_mm"], MEASURED, row["rain_mm"], since, row["t_min_c"], row["et0_method"]
        )
    oldest = moment.today - timedelta(days=_STALE_DAYS + moment.settings.assumed_days)
    past = store.weather(moment.connection, _identifier(station), oldest, moment.today)
    recent = past.tail(moment.settings.assumed_days)
    stale = moment.today - timedelta(days=_STALE_DAYS)
    known = recent.height > 0 and recent["day"].to_list()[-1] >= stale
    return Today(
        et0_mm=float(np.mean(recent["et0_mm"].to_numpy())) if known else None,
        basis=ASSUMED if known else UNKNOWN,
        rain_mm=row.get("rain_mm"),
        heard_since=since,
        t_min_c=row.get("t_min_c"),
        method="",
    )


def _nearly_measured(moment: Moment, hours: int) -> bool:
    """Whether the sun is low, it is evening, and the day was listened to."""
    place = (moment.territory.latitude, moment.territory.longitude)
    before, now = (
        float(solar_elevation(at, *place))
        for at in (moment.now - timedelta(minutes=10), moment.now)
    )
    elapsed = moment.now - midnight(moment.today, moment.zone)
    listened = hours >= elapsed.total_seconds() / 3600 - 4
    return now < _LOW_SUN_DEG and now < before and listened and elapsed > timedelta(hours=12)


def soil_arrays(zones: pl.DataFrame) -> Zones:
    """Return what the balance needs of each zone."""
    columns = {
        name: zones[name].to_numpy() for name in ("field_capacity", "wilting_point", "root_depth_m")
    }
    return Zones(
        available_mm=available_water(**columns),
        depletion_fraction=zones["depletion_fraction"].to_numpy(),
        coefficient=zones["coefficient"].to_numpy(),
    )


def advance_soils(
    moment: Moment, zones: pl.DataFrame, station: dict[str, object], today: Today
) -> Evening:
    """Carry every zone through the days not yet stored, keep them, and go on to this evening."""
    soils = soil_arrays(zones)
    standing = _standing(moment, zones)
    begins = moment.today - timedelta(days=moment.settings.history_days)
    firsts = standing["day"].dt.offset_by("1d").fill_null(begins).to_list()
    earliest = min(firsts, default=moment.today)
    received = _received(moment, zones, earliest)
    weather = store.weather(moment.connection, _identifier(station), earliest, moment.today)
    low, high = (standing[name].to_numpy().copy() for name in ("low_mm", "high_mm"))
    kept: list[pl.DataFrame] = []
    for first in sorted(set(firsts)):
        rows = np.flatnonzero([one == first for one in firsts])
        group = Zones(
            soils.available_mm[rows], soils.depletion_fraction[rows], soils.coefficient[rows]
        )
        ids = zones["zone_id"].to_numpy()[rows]
        days = _measured(weather.filter(pl.col("day") >= first), received, ids)
        carried = carry(
            group,
            days,
            np.nan_to_num(low[rows], nan=0.0),
            np.where(np.isnan(high[rows]), group.available_mm, high[rows]),
            start=first,
            until=moment.today,
        )
        kept.append(_balance_rows(ids, days, carried))
        low[rows], high[rows] = carried.low_mm, carried.high_mm
    writer.add_balances(moment.connection, pl.concat(kept) if kept else pl.DataFrame())
    tonight = _Tonight(zones["zone_id"].to_numpy(), soils, low, high, received)
    return _this_evening(tonight, moment.today, today)


def _standing(moment: Moment, zones: pl.DataFrame) -> pl.DataFrame:
    """Where each zone's soil stood last, null where it has no day yet."""
    last = store.standing(moment.connection, moment.today)
    return zones.select("zone_id").join(last, on="zone_id", how="left", maintain_order="left")


def _received(moment: Moment, zones: pl.DataFrame, first: date) -> pl.DataFrame:
    """Read what zones received since the noon before a date, by day of irrigation."""
    valves = zones["valve_id"].drop_nulls().to_list()
    start = midnight(first, moment.zone) - timedelta(hours=18)
    said = TelemetryReader(moment.database).history(
        ["valve_open", "water_volume"], start, moment.now, asset_ids=valves
    )
    told = {
        name: said.filter(pl.col("property") == name).select(
            pl.col("asset_id").alias("valve_id"), "measured_at", "value"
        )
        for name in ("valve_open", "water_volume")
    }
    return daily_depths(
        zones.filter(pl.col("valve_id").is_not_null()),
        openings(told["valve_open"], now=moment.now),
        metered(told["water_volume"]),
        timezone=moment.zone,
    )


def _measured(weather: pl.DataFrame, received: pl.DataFrame, ids: npt.NDArray[np.int64]) -> Days:
    """Lay weather and irrigation of some zones out by day."""
    days = weather["day"].to_list()
    water = np.zeros((len(days), ids.size))
    rows, columns = ({key: i for i, key in enumerate(keys)} for keys in (days, ids.tolist()))
    for zone, day, depth in received.select("zone_id", "day", "irrigation_mm").iter_rows():
        if day in rows and zone in columns:
            water[rows[day], columns[zone]] = depth
    return Days(days, weather["et0_mm"].to_numpy(), weather["rain_mm"].to_numpy(), water)


def _balance_rows(ids: npt.NDArray[np.int64], days: Days, carried: Carried) -> pl.DataFrame:
    """One row a zone and day, for the store."""
    count, width = len(days.days), ids.size

    def by_day(values: FloatArray) -> FloatArray:
        repeated: FloatArray = np.repeat(values, width)
        return repeated

    return pl.DataFrame(
        {
            "zone_id": np.tile(ids, count),
            "day": pl.Series(np.repeat(np.array(days.days, dtype="datetime64[D]"), width)).cast(
                pl.Date
            ),
            "et0_mm": by_day(days.et0_mm),
            "rain_mm": by_day(days.rain_mm),
            "irrigation_mm": days.irrigation_mm.ravel(),
            "eta_mm": carried.least.evaporated.ravel(),
            "percolation_mm": carried.least.percolated.ravel(),
            "stress": carried.least.stress.ravel(),
            "depletion_mm": carried.least.depletion.ravel(),
            "depletion_high_mm": carried.most.depletion.ravel(),
            "day_order": Order.EARLY.value,
        }
    )


@dataclass(frozen=True, slots=True)
class _Tonight:
    """Soils at the end of yesterday, and what zones received since."""

    ids: npt.NDArray[np.int64]
    soils: Zones
    low_mm: FloatArray
    high_mm: FloatArray
    received: pl.DataFrame


def _this_evening(at_midnight: _Tonight, day: date, today: Today) -> Evening:
    """Go on from the end of yesterday: today's weather so far, and water given since noon."""
    ids, received = at_midnight.ids, at_midnight.received
    if today.et0_mm is None:
        return Evening.unknown(at_midnight.soils)
    frame = pl.DataFrame(
        {"day": [day], "et0_mm": [today.et0_mm], "rain_mm": [today.rain_mm or 0.0]}
    )
    days = _measured(frame, received, ids)
    carried = carry(
        at_midnight.soils,
        days,
        at_midnight.low_mm,
        at_midnight.high_mm,
        start=day,
        until=day + timedelta(days=1),
    )
    later = received.filter(pl.col("day") > day)
    since_noon = dict(later.group_by("zone_id").agg(pl.col("irrigation_mm").sum()).iter_rows())
    given = np.array([since_noon.get(zone, 0.0) for zone in ids.tolist()])
    return Evening(
        low_mm=np.maximum(carried.low_mm - given, 0.0),
        high_mm=np.maximum(carried.high_mm - given, 0.0),
        et_mm=carried.least.evaporated[0],
        rain_mm=carried.least.rain[0],
        irrigation_mm=days.irrigation_mm[0] + given,
        probed=np.zeros(ids.size, dtype=bool),
    )
