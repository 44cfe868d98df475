"""Tonight's plan: every zone a decision, its minutes, and each input of the figure.

``watering_plan.why`` holds, for screens that explain (mm to 0.1, null: not known):

``since_day``, ``et_mm``, ``rain_mm``, ``irrigation_mm``
    What soil and plants lost, what fell, what was given, since the zone was last watered or full,
    that day included: what the soil could not hold then is in the rain and not in the soil.
``days_without_rain``, ``et_today_mm``, ``et_today_basis`` (measured, assumed, unknown),
``rain_today_mm``, ``rain_today_since``
    Fallen rain only; forecast rain is nowhere in the figure.
``depletion_mm``, ``depletion_high_mm``, ``available_mm``, ``threshold_mm``, ``reserve_percent``,
``threshold_percent``, ``after_percent``
``coefficient``, ``rate_mm_h``, ``uniformity``, ``uniformity_extra_min``, ``soak_min``
``cycles`` (list of ``start``, ``end``), ``unfinished_min``, ``plan_end``, ``plan_bound_min``
``window`` (``opens``, ``closes``), ``reason``, ``override``, ``station``, ``restrictions``,
``methods`` (``et0``, ``balance``, ``order``, ``rain``, ``soil``, ``depletion``).
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import polars as pl
import structlog

from control_center.watering.probes import narrow
from control_center.watering.soil import (
    MEASURED,
    Evening,
    Moment,
    Today,
    advance_soils,
    close_days,
    soil_arrays,
    station_of,
)
from twin.clock import Clock
from twin.irrigation import tonight
from twin.irrigation.evapotranspiration import PENMAN_MONTEITH
from twin.irrigation.settings import WateringSettings
from twin.irrigation.tonight import plan_tonight
from twin.irrigation.water_balance import Order
from twin.local_time import local_date
from twin.store import irrigation as store
from twin.store import irrigation_writer as writer
from twin.store.city import CityReader
from twin.store.database import Database
from twin.store.locks import take_time, try_lock

_LEAST_RAIN_MM = 1.0  # for "days without rain"
_LOOK_BACK = timedelta(days=30)  # of "since"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Night:
    """One night of watering.

    Attributes
    ----------
    evening : date
        Its name.
    opens, closes : datetime
        The window in which valves may be open. [UTC]
    """

    evening: date
    opens: datetime
    closes: datetime

    @classmethod
    def at(cls, now: datetime, timezone: str, settings: WateringSettings) -> "Night":
        """Return the night that is under way, or the next one."""
        today = local_date(now, timezone)
        for evening in (today - timedelta(days=1), today):
            opens, closes = settings.window.instants_of(evening, timezone)
            if now < closes:
                return cls(evening, opens, closes)
        opens, closes = settings.window.instants_of(today + timedelta(days=1), timezone)
        return cls(today + timedelta(days=1), opens, closes)


@dataclass(frozen=True, slots=True)
class Planned:
    """What one run did: the night, its zones, rows of plan that were new."""

    night: date
    zones: int
    changed: int


def plan_night(
    database: Database, clock: Clock, settings: WateringSettings | None = None
) -> Planned | None:
    """Bring soils up to date and plan the night; None while another worker does.

    The plan is drawn again at each run until the window opens; then it stands, and only rain
    changes it (``control_center.watering.valves``). A night that has no plan when its window is
    already open gets one for what is left of it.
    """
    territory = CityReader(database).territory()
    with database.connection() as connection:
        if not try_lock(connection, "watering"):
            return None
        take_time(connection)
        chosen = settings or WateringSettings()
        moment = Moment(database, connection, territory, chosen, clock.now())
        night = Night.at(moment.now, moment.zone, moment.settings)
        zones = store.zones_of(connection)
        if zones.is_empty():
            return Planned(night.evening, 0, 0)
        station = station_of(moment)
        today = close_days(moment, station) if station else Today.unknown()
        if moment.now >= night.opens and store.plans(connection, night.evening).height:
            return Planned(night.evening, zones.height, 0)
        if moment.today > night.evening:  # past midnight: the new day has not evaporated yet
            today = replace(today, et0_mm=0.0, basis=MEASURED)
        soils = soil_arrays(zones)
        evening = (
            advance_soils(moment, zones, station, today) if station else Evening.unknown(soils)
        )
        evening = narrow(moment, zones, evening)
        rows = _plan_rows(moment, night, zones, evening, _Weather(station, today))
        changed = writer.add_plans(connection, night.evening, rows, moment.now)
    if changed:
        _log.info("night planned", night=str(night.evening), zones=zones.height, changed=changed)
    return Planned(night.evening, zones.height, changed)


@dataclass(frozen=True, slots=True)
class _Weather:
    station: dict[str, object] | None
    today: Today


def _plan_rows(
    moment: Moment, night: Night, zones: pl.DataFrame, evening: Evening, weather: _Weather
) -> pl.DataFrame:
    """Plan what is left of the window and tell every zone why."""
    begins = max(night.opens, moment.now)
    decided = _overrides(moment, night, zones)
    asked = zones.select(set(tonight.ZONES) & set(zones.columns)).with_columns(
        pl.Series("available_mm", soil_arrays(zones).available_mm),
        pl.Series("low_mm", evening.low_mm),
        pl.Series("high_mm", evening.high_mm),
        pl.Series("obstacle", _obstacles(zones, weather.today, moment.settings), pl.String),
        pl.Series("skipped", [one is not None for one in decided]),
    )
    planned = plan_tonight(
        asked.select(tonight.ZONES.names()),
        window_s=int((night.closes - begins).total_seconds()),
        rain_room=moment.settings.rain_room,
        most_open=moment.settings.most_open,
    )
    common = _common(moment, night, weather)
    since = _since(moment, night)
    rows = []
    for index, (zone, plan) in enumerate(
        zip(asked.iter_rows(named=True), planned.iter_rows(named=True), strict=True)
    ):
        cycles = [
            {name: begins + timedelta(seconds=cycle[f"{name}_s"]) for name in ("start", "end")}
            for cycle in plan["cycles"]
        ]
        why = (
            common
            | _story(since.get(zone["zone_id"]), evening, index, moment)
            | _figures(zone, zones.row(index, named=True), plan)
            | {
                "cycles": cycles,
                "plan_end": begins + timedelta(seconds=plan["plan_end_s"]) if cycles else None,
                "plan_bound_min": round(plan["plan_bound_s"] / 60),
                "override": decided[index],
                "methods": _methods(weather.today, probed=bool(evening.probed[index])),
            }
        )
        rows.append(
            {
                "zone_id": zone["zone_id"],
                "decision": plan["decision"],
                "minutes": round(plan["minutes"], 1),
                "depth_mm": round(plan["depth_mm"], 2),
                "litres": float(round(plan["litres"])),
                "starts_at": cycles[0]["start"] if cycles else None,
                "why": orjson.dumps(why).decode(),
            }
        )
    return pl.DataFrame(rows, schema_overrides={"starts_at": pl.Datetime("us", "UTC")})


def _obstacles(zones: pl.DataFrame, today: Today, settings: WateringSettings) -> list[str | None]:
    """Why each zone cannot be watered at all; None: it can."""
    frost = today.t_min_c is not None and today.t_min_c < settings.frost_c
    return [
        "frost" if frost else "no_valve" if valve is None else "no_device" if not device else None
        for valve, device in zones.select("valve_id", "dev_eui").iter_rows()
    ]


def _overrides(moment: Moment, night: Night, zones: pl.DataFrame) -> list[dict[str, object] | None]:
    """Which decision of a person holds for each zone when the night opens or within it."""
    since = max(night.opens, moment.now)
    held = store.overrides(moment.connection, since, night.closes).to_dicts()
    return [
        next(
            (
                {"kind": one["kind"], "person": one["person"], "ends_at": one["ends_at"]}
                for one in held
                if one["zone_id"] in {None, zone}
            ),
            None,
        )
        for zone in zones["zone_id"].to_list()
    ]


def _since(moment: Moment, night: Night) -> dict[int, dict[str, Any]]:
    rows = store.since_full(moment.connection, night.evening - _LOOK_BACK, moment.today)
    return {row["zone_id"]: row for row in rows.iter_rows(named=True)}


def _common(moment: Moment, night: Night, weather: _Weather) -> dict[str, Any]:
    """Tell what all zones share: the night and the weather."""
    station, today = weather.station, weather.today
    dry = None
    if station is not None:
        number = int(str(station["station_id"]))
        dry = store.dry_days(moment.connection, number, moment.today, _LEAST_RAIN_MM)
    if today.rain_mm is not None and today.rain_mm >= _LEAST_RAIN_MM:
        dry = 0
    return {
        "window": {"opens": night.opens, "closes": night.closes},
        "days_without_rain": dry,
        "et_today_mm": _tenth(today.et0_mm),
        "et_today_basis": today.basis,
        "rain_today_mm": _tenth(today.rain_mm),
        "rain_today_since": today.heard_since,
        "station": None if station is None else {key: station[key] for key in ("code", "name")},
        "restrictions": "not_followed",
    }


def _methods(today: Today, *, probed: bool) -> dict[str, str]:
    return {
        "et0": today.method or PENMAN_MONTEITH,
        "balance": "fao56_one_bucket",
        "order": Order.EARLY.value,
        "rain": "measured_by_day",
        "soil": "register",
        "depletion": "balance_and_probe" if probed else "balance",
    }


def _story(
    since: dict[str, Any] | None, evening: Evening, row: int, moment: Moment
) -> dict[str, Any]:
    """Tell what the zone lost and received since it was last wetted, today included."""
    past = since or {
        "since_day": moment.today,
        "et_mm": 0.0,
        "rain_mm": 0.0,
        "irrigation_mm": 0.0,
    }
    return {
        "since_day": past["since_day"],
        "et_mm": _tenth(past["et_mm"] + float(evening.et_mm[row])),
        "rain_mm": _tenth(past["rain_mm"] + float(evening.rain_mm[row])),
        "irrigation_mm": _tenth(past["irrigation_mm"] + float(evening.irrigation_mm[row])),
    }


def _figures(asked: dict[str, Any], zone: dict[str, Any], plan: dict[str, Any]) -> dict[str, Any]:
    """Tell the soil, the sprinklers and the result, each as it entered the figure."""
    available = asked["available_mm"]
    return {
        "depletion_mm": _tenth(asked["low_mm"]),
        "depletion_high_mm": _tenth(asked["high_mm"]),
        "available_mm": _tenth(available),
        "threshold_mm": _tenth(asked["depletion_fraction"] * available),
        "reserve_percent": _tenth(plan["reserve_percent"]),
        "threshold_percent": _tenth(plan["threshold_percent"]),
        "after_percent": _tenth(plan["after_percent"]),
        "coefficient": round(zone["coefficient"], 3),
        "rate_mm_h": _tenth(zone["rate_mm_h"]),
        "uniformity": round(zone["uniformity"], 2),
        "uniformity_extra_min": _tenth(plan["margin_min"]),
        "soak_min": round(plan["soak_min"]),
        "unfinished_min": round(plan["unfinished_min"]),
        "reason": plan["reason"],
    }


def _tenth(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def parsed(instant: str) -> datetime:
    """Read an instant of ``why``. [UTC]"""
    return datetime.fromisoformat(instant).astimezone(UTC)
