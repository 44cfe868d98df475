"""Valves at their hour: rain is looked at once more, then the order goes out, never late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import polars as pl
import structlog

from control_center.watering.night import Night, parsed
from control_center.watering.soil import Moment, station_of
from twin.clock import Clock
from twin.irrigation.needs import Decision
from twin.irrigation.settings import WateringSettings
from twin.store import commands
from twin.store import irrigation as store
from twin.store import irrigation_writer as writer
from twin.store.city import CityReader
from twin.store.database import Database
from twin.store.locks import try_lock
from twin.store.telemetry import TelemetryReader

PERSON = "arrosage programmé"
"""Who signs the orders of the plan."""

RAIN_SINCE = "rain_since_decision"
STATION_SILENT = "station_silent"
_SILENCE = timedelta(hours=3)
_NOTICEABLE_MM = 0.2
_SHORTEST_S = 60
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """What one run did: orders given, plans that rain changed."""

    ordered: int
    changed: int


@dataclass(slots=True)
class _Zone:
    """A zone whose plan still has something to do."""

    plan: dict[str, Any]
    why: dict[str, Any]
    valve_id: int
    dev_eui: str
    keys: str
    ordered: set[str]

    def cycles(self) -> list[tuple[datetime, datetime]]:
        """When it is to be open, orders given before included."""
        return [(parsed(one["start"]), parsed(one["end"])) for one in self.why["cycles"]]

    def key(self, start: datetime) -> str:
        """Name the order of the cycle that begins then, the same however often it is given."""
        return f"{self.keys}/{start:%H:%M:%S}"

    def given(self, start: datetime) -> bool:
        """Whether the order of that cycle has left."""
        return self.key(start) in self.ordered

    @property
    def begun(self) -> bool:
        """Whether any order of the night has left."""
        return any(self.given(start) for start, _ in self.cycles())


def open_due(
    database: Database, clock: Clock, settings: WateringSettings | None = None
) -> Opened | None:
    """Give the orders whose hour has come; None while another worker does.

    Each order acts once, whoever runs this and however often, and expires a few minutes after its
    hour: a valve that could not be reached in time stays closed.
    """
    territory = CityReader(database).territory()
    with database.connection() as connection:
        if not try_lock(connection, "watering"):
            return None
        chosen = settings or WateringSettings()
        moment = Moment(database, connection, territory, chosen, clock.now())
        night = Night.at(moment.now, moment.zone, moment.settings)
        if not moment.settings.automatic or moment.now < night.opens:
            return Opened(0, 0)
        waiting = _waiting(moment, night)
        changed = _look_at_the_rain(moment, night, waiting)
        ordered = sum(_order(moment, night, zone) for zone in waiting)
    if ordered or changed:
        _log.info("valves ordered", night=str(night.evening), ordered=ordered, changed=changed)
    return Opened(ordered, changed)


def _waiting(moment: Moment, night: Night) -> list[_Zone]:
    """Read the zones with a cycle still to begin, but for those that a person has stopped."""
    held = store.overrides(moment.connection, moment.now, moment.now + timedelta(seconds=1))
    stopped = set(held["zone_id"].to_list())
    planned = store.plans(moment.connection, night.evening).filter(
        pl.col("decision") == Decision.WATER.value
    )
    zones = {row["zone_id"]: row for row in store.zones_of(moment.connection).to_dicts()}
    late = moment.now - timedelta(minutes=moment.settings.late_min)
    ordered = store.ordered(moment.connection, PERSON, f"{night.evening}/")
    waiting = []
    for plan in planned.iter_rows(named=True):
        zone = zones.get(plan["zone_id"])
        if zone is None or None in stopped or plan["zone_id"] in stopped or not zone["dev_eui"]:
            continue
        one = _Zone(
            plan=plan,
            why=orjson.loads(plan["why"]),
            valve_id=zone["valve_id"],
            dev_eui=zone["dev_eui"],
            keys=f"{night.evening}/{zone['code']}",
            ordered=ordered,
        )
        if any(start > late and not one.given(start) for start, _ in one.cycles()):
            waiting.append(one)
    return waiting


def _look_at_the_rain(moment: Moment, night: Night, waiting: Sequence[_Zone]) -> int:
    """Shorten or give up what fallen rain has made needless since each plan was drawn up."""
    if not waiting:
        return 0
    since = min(zone.plan["computed_at"] for zone in waiting)
    rain = _rain(moment, min(since, moment.now - _SILENCE))
    recent = rain.filter(pl.col("measured_at") > moment.now - _SILENCE)
    rows = []
    for zone in waiting:
        later = rain.filter(pl.col("measured_at") >= zone.plan["computed_at"])
        fallen = float(later["value"].sum())
        if recent.is_empty() and not zone.begun:
            _give_up(zone, Decision.UNKNOWN, STATION_SILENT)
        elif fallen < _NOTICEABLE_MM:
            continue
        elif not zone.begun and zone.why["depletion_mm"] - fallen < zone.why["threshold_mm"]:
            _give_up(zone, Decision.ENOUGH, RAIN_SINCE)
        else:
            _shorten(zone, max(1 - fallen / zone.plan["depth_mm"], 0.0))
        zone.why["rain_since_decision_mm"] = round(fallen, 1)
        rows.append(zone.plan | {"why": orjson.dumps(zone.why).decode()})
    columns = ("zone_id", "decision", "minutes", "depth_mm", "litres", "starts_at", "why")
    frame = pl.DataFrame(
        [{name: row[name] for name in columns} for row in rows],
        schema_overrides={"starts_at": pl.Datetime("us", "UTC")},
    )
    return writer.add_plans(moment.connection, night.evening, frame, moment.now)


def _rain(moment: Moment, since: datetime) -> pl.DataFrame:
    """Read what the gauge said since an instant."""
    station = station_of(moment)
    if station is None:
        return pl.DataFrame(schema={"measured_at": pl.Datetime("us", "UTC"), "value": pl.Float64})
    number = int(str(station["station_id"]))
    said = TelemetryReader(moment.database).history(
        ["rain"], since, moment.now + timedelta(seconds=1), asset_ids=[number]
    )
    return said.filter(pl.col("quality") & 1 == 0)


def _give_up(zone: _Zone, decision: Decision, reason: str) -> None:
    zone.plan |= {
        "decision": decision.value,
        "minutes": 0.0,
        "depth_mm": 0.0,
        "litres": 0.0,
        "starts_at": None,
    }
    zone.why |= {"reason": reason, "cycles": [], "after_percent": zone.why["reserve_percent"]}


def _shorten(zone: _Zone, share: float) -> None:
    """Keep a share of every cycle whose order has not left."""
    before = sum((end - start).total_seconds() for start, end in zone.cycles())
    kept = []
    for start, end in zone.cycles():
        length = (end - start) * (1.0 if zone.given(start) else share)
        if zone.given(start) or length.total_seconds() >= _SHORTEST_S:
            kept.append({"start": start.isoformat(), "end": (start + length).isoformat()})
    after = sum((parsed(one["end"]) - parsed(one["start"])).total_seconds() for one in kept)
    part = after / before
    zone.plan |= {
        name: round(zone.plan[name] * part, 2) for name in ("minutes", "depth_mm", "litres")
    }
    zone.why |= {"cycles": kept, "reason": RAIN_SINCE}


def _order(moment: Moment, night: Night, zone: _Zone) -> int:
    """Give the orders of one zone whose hour has come; return how many are new."""
    late = timedelta(minutes=moment.settings.late_min)
    given = 0
    for start, end in zone.cycles():
        due = start <= moment.now < min(start + late, night.closes)
        if zone.given(start) or not due:
            continue
        # what is left of a window never lets a late valve run past its end
        length = min(end - start, night.closes - moment.now)
        commands.request(
            moment.connection,
            person=PERSON,
            idempotency_key=zone.key(start),
            asset_id=zone.valve_id,
            dev_eui=zone.dev_eui,
            verb="open_valve",
            parameters={"duration_s": round(length.total_seconds()), "valve": 0},
            issued_at=start,
            now=moment.now,
            expires_at=min(start + late, night.closes),
        )
        given += 1
    return given
