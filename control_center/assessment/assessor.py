"""The assessor: reads what is known, applies the laws, writes what changed, tells."""

import time
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np
import structlog
from psycopg import Connection
from psycopg.rows import TupleRow

from control_center.assessment.aftermath import Aftermath
from control_center.assessment.cards import LAW, Cards, Scene
from control_center.assessment.checks import CheckLedger
from control_center.assessment.declared import CauseSource
from control_center.assessment.floods import FloodSource
from control_center.assessment.lights import LightLedger
from control_center.assessment.news import News
from control_center.assessment.sensors import SensorLedger
from control_center.assessment.source import CityView, source_of
from twin.clock import Clock
from twin.incidents.causes import causes
from twin.incidents.city import City
from twin.incidents.latch import BASES, REASONS, STATES, Latch
from twin.incidents.latching import Change
from twin.incidents.schedule import night_at
from twin.incidents.times import NEVER, instant
from twin.incidents.understanding import Understanding, understand
from twin.incidents.wave import GATHERED, gather
from twin.store.columns import INSTANT, read_arrays
from twin.store.database import Database
from twin.store.incident_writer import IncidentWriter, SupplyChange

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one assessment did.

    Attributes
    ----------
    at : datetime
        The instant it looked at. [UTC]
    lights, lights_changed : int
        Lights assessed, and written.
    devices_changed : int
        Steps of latches.
    incidents, incidents_changed : int
        Open, and written.
    seq : int or None
        Of the change of lights; None where none changed.
    seconds : float
        How long it took. [s]
    """

    at: datetime
    lights: int
    lights_changed: int
    devices_changed: int
    incidents: int
    incidents_changed: int
    seq: int | None
    seconds: float


class Assessor:
    """Keeps the states of a territory true.

    One assessment is one transaction under a lock of the store, so that two processes never
    assess at once; what is kept in memory is checked against the store each time.

    Parameters
    ----------
    database : Database
        The territory's store.
    clock : Clock
        The territory's time.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._source = source_of(database)
        self._kept: _Kept | None = None
        self._cards, self._checks = Cards(), CheckLedger()
        self._last_scene: bytes | None = None
        self._open = 0

    def assess(self) -> Assessment:
        """Bring states, incidents and proofs to the present; idempotent.

        Raises
        ------
        NoTerritory
            Nothing has been imported or generated yet.
        StoreUnreachable
            The database does not answer; the next call tries again.
        """
        began = time.perf_counter()
        now = self._clock.now()
        try:
            with self._database.connection() as connection:
                done = self._assess(connection, now)
        except Exception:
            self._forget()  # what was remembered may not have been committed
            raise
        seconds = time.perf_counter() - began
        result = Assessment(now, *done, seconds=round(seconds, 4))
        if result.lights_changed or result.incidents_changed:
            _log.debug(
                "assessed",
                lights=result.lights_changed,
                incidents=result.incidents_changed,
                seconds=result.seconds,
            )
        return result

    def _assess(
        self, connection: Connection[TupleRow], now: datetime
    ) -> tuple[int, int, int, int, int, int | None]:
        writer = IncidentWriter(connection)
        writer.lock()
        kept = self._ready(connection, writer, now)
        kept.lights.catch_up(connection)
        kept.aftermath.catch_up(connection)
        kept.sensors.catch_up(connection)
        kept.news.renew(connection, now)
        listening_since = kept.news.listening_since(now)
        known = self._understand(connection, kept, now, listening_since)
        still = kept.aftermath.still(kept.news.observed.radio, now, listening_since)
        view = kept.view
        scene = Scene(view.city, view.territory, kept.news.observed, known, tuple(still), now)
        with connection.pipeline():  # what asks for no answer waits for none
            return self._write(connection, writer, kept, scene)

    def _write(
        self, connection: Connection[TupleRow], writer: IncidentWriter, kept: "_Kept", scene: Scene
    ) -> tuple[int, int, int, int, int, int | None]:
        """Write what changed."""
        known = scene.known
        steps = _steps(scene.city, known)
        writer.supply(steps)
        changed, seq = kept.lights.write(writer, known)
        written = self._write_cards(connection, writer, scene, kept.aftermath)
        kept.aftermath.write(connection, scene.observed.radio, known.night)
        kept.sensors.write(connection, known, kept.aftermath.incident)
        if changed or steps or written:
            writer.tell(seq if seq is not None else kept.lights.seq)
        return len(kept.lights.state), changed, len(steps), self._open, written, seq

    def _ready(
        self, connection: Connection[TupleRow], writer: IncidentWriter, now: datetime
    ) -> "_Kept":
        """Read the city if it is another one, and forget what belonged to the last."""
        view = self._source.refresh(connection, now)
        kept = self._kept
        if kept is None or kept.view is not view:
            if kept is not None and view.corrects(kept.view):
                news, lights = kept.news, kept.lights
                news.renumber(view)
                lights.renumber(view.city)
            else:
                writer.forget_gone_lights()
                news, lights = News(view), LightLedger(view.city)
            kept = self._kept = _Kept.of(view, news, lights)
            self._last_scene = None
        return kept

    def _understand(
        self,
        connection: Connection[TupleRow],
        kept: "_Kept",
        now: datetime,
        listening_since: int,
    ) -> Understanding:
        territory, city, observed = kept.view.territory, kept.view.city, kept.news.observed
        known_since = kept.lights.out_since
        understood = partial(
            understand,
            city,
            observed,
            kept.floods.read(connection),
            latch=_latch(connection, city),
            night=night_at(now, territory.latitude, territory.longitude, territory.timezone),
            declared=kept.causes.read(connection, now),
            out_since=np.where(known_since > NEVER, known_since, observed.lights.reported_at),
            listening_since=listening_since,
        )
        known = understood(cleared_at=kept.aftermath.due_from)
        due = kept.aftermath.due_once_freed(known, observed)
        return known if due is None else understood(cleared_at=due)

    def _write_cards(
        self,
        connection: Connection[TupleRow],
        writer: IncidentWriter,
        scene: Scene,
        aftermath: Aftermath,
    ) -> int:
        """Write incidents, unless nothing they rest on has changed."""
        print_of_scene = _scene_print(scene)
        if print_of_scene == self._last_scene:
            return 0
        standing = writer.open_incidents()
        lamps = [
            incident.root_key.removeprefix("streetlight:")
            for incident in standing
            if incident.kind == "lamp_failure"
        ]
        events = [each.root_key for each in standing if each.kind in GATHERED.values()]
        ranks = scene.city.names.rank_of_code if lamps else {}
        found = causes(
            scene.city,
            scene.observed,
            scene.known,
            [ranks[code] for code in lamps if code in ranks],
            still=scene.still,
        )
        found = gather(found, events)
        self._cards.write(writer, scene, found, standing)
        aftermath.explain(found, self._cards.numbers)
        self._checks.write(connection, scene, found, self._cards.numbers)
        self._open = len(found)
        self._last_scene = print_of_scene
        return self._cards.written

    def _forget(self) -> None:
        self._kept = self._last_scene = None
        self._cards, self._checks = Cards(), CheckLedger()


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is remembered of one city from one assessment to the next."""

    view: CityView
    news: News
    floods: FloodSource
    causes: CauseSource
    lights: LightLedger
    aftermath: Aftermath
    sensors: SensorLedger

    @classmethod
    def of(cls, view: CityView, news: News, lights: LightLedger) -> "_Kept":
        city = view.city
        facts = FloodSource(city), CauseSource(city)
        return cls(view, news, *facts, lights, Aftermath(city), SensorLedger(city))


def _latch(connection: Connection[TupleRow], city: City) -> Latch:
    """Read where the latches stand."""
    codes = {"states": STATES, "reasons": REASONS, "bases": BASES}
    asset, state, reason, basis, since, probability = read_arrays(
        connection,
        "incidents/latches",
        ("i8", "i4", "i4", "i4", INSTANT, "f4"),
        {name: [str(each) for each in known] for name, known in codes.items()},
    )
    place = city.supply.place_of(asset)
    ours = place >= 0
    latch, place = Latch.all_normal(len(city.supply)), place[ours]
    states, reasons, bases = (np.zeros(len(city.supply), np.int8) for _ in range(3))
    for values, into in ((state, states), (reason, reasons), (basis, bases)):
        into[place] = np.maximum(values[ours] - 1, 0)
    latch.since[place] = since[ours]
    latch.probability[place] = probability[ours].astype(np.float64).round(3)
    return Latch(states, reasons, bases, latch.since, latch.probability)


def _steps(city: City, known: Understanding) -> list[SupplyChange]:
    """Write down the steps of latches as the store keeps them."""
    return [_step(city, known, change) for change in known.changes]


def _step(city: City, known: Understanding, change: Change) -> SupplyChange:
    state, reason, basis, probability = change.latch
    place, water = change.device, known.water
    flood = int(water.flood[place])
    at = instant(change.at)
    since = instant(int(known.latch.since[place]))
    assert at is not None  # noqa: S101 - every step rests on a dated fact
    evidence: dict[str, object] = {}
    declared = int(known.declared_out.cause[place])
    if declared >= 0 and known.declared_out.reason[place] == reason:
        evidence["cause"] = known.declared[declared].code
    if np.isfinite(water.depth_m[place]) and water.depth_m[place] > 0:
        evidence |= {
            "depth_m": round(float(water.depth_m[place]), 3),
            "plinth_m": round(float(city.sites.plinth_m[place]), 3),
            "plinth_source": str(city.sites.source[place]),
        }
    return SupplyChange(
        asset_id=int(city.supply.device_id[place]),
        at=at,
        since=since or at,
        state=str(STATES[state]),
        reason=str(REASONS[reason]),
        basis=str(BASES[basis]),
        probability=round(probability, 3),
        evidence=evidence,
        flood_id=known.floods[flood].id if flood >= 0 else None,
        by_whom=LAW,
    )


def _scene_print(scene: Scene) -> bytes:
    """Everything that incidents and proofs rest on, as bytes to compare."""
    known = scene.known
    latch, radio = known.latch, known.radio
    arrays = (
        latch.state, latch.reason, latch.basis, latch.since, latch.probability,
        known.lights.state, known.lights.by_itself, known.blackout.root, known.blackout.proximate,
        known.low_voltage, radio.down, radio.unpowered, radio.deaf,
    )  # fmt: skip
    rest = (
        [(flood.id, flood.ended_at, len(flood.extents)) for flood in known.floods],
        [(each.code, each.until, each.holds(known.night.now)) for each in known.declared],
        [(river.code, round(river.level_m, 1)) for river in scene.observed.rivers],
        scene.observed.devices.inspected_at.tobytes(),
        [(each.former.code, each.sensors.tobytes()) for each in scene.still],
        known.night.dark,
    )
    return b"".join(np.ascontiguousarray(each).tobytes() for each in arrays) + repr(rest).encode()
