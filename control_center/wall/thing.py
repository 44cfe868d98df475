"""The panel of one thing: what it is, its last message, what feeds it, its curve, its history."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from control_center.catalogue import Texts
from control_center.figures import Figures
from control_center.moments import Moments
from control_center.wall.curve import Curve, draw_curve
from control_center.wall.hearing import Count, Hearings, Told
from control_center.wall.known import Known, known_now, known_then
from control_center.wall.lamp import lamp_facts
from control_center.wall.values import YES_OR_NO, Reading, Values
from control_center.wall.wiring import sentence as wiring_sentence
from twin.incidents.flood import SURE_GROUND_M
from twin.model.states import LightState, OutageReason, SupplyState
from twin.store.database import Database
from twin.store.incidents import IncidentReader
from twin.store.operator import (
    LightFacts,
    OperatorReader,
    SupplyFacts,
    Thing,
    TouchingIncident,
)
from twin.store.past_things import PastThings
from twin.store.telemetry import TelemetryReader

CURVE_SPAN = timedelta(hours=24)
HISTORY_SPAN = timedelta(days=7)
_MOST_HISTORY = 12
_DARK = (LightState.CONFIRMED_DARK, LightState.INFERRED_DARK)

MAIN_PROPERTIES = {
    "streetlight": ("active_power", "lamp_on", "dimming_level"),
    "cabinet": ("active_power", "current", "voltage", "supply_present"),
    "building": ("active_power", "active_energy", "daily_energy", "water_depth"),
    "gateway": ("online",),
    "river_gauge": ("water_level",),
    "weather_station": ("air_temperature", "rain", "wind_speed"),
    "hydrozone": ("soil_moisture",),
    "valve": ("valve_open", "water_flow"),
}
"""What is drawn of each kind, the first that is measured; anything else: its newest property."""


@dataclass(frozen=True, slots=True)
class Feeder:
    """One device on the way up, in words."""

    kind: str
    code: str
    title: str
    how: str
    out: bool


@dataclass(frozen=True, slots=True)
class Past:
    """One line of history."""

    at: datetime
    shape: str
    words: str


@dataclass(frozen=True, slots=True)
class ThingPanel:
    """The panel of one thing.

    Attributes
    ----------
    shape : str
        Of its state: a light's, a supply device's; empty for what has none.
    since : datetime | None
        Of its state.
    last_seen : datetime | None
        Of its devices; None before any message, and where no device watches it.
    watched : bool
        Whether any device watches it.
    heard : Told or None
        How it is heard; None where no device watches it.
    below : list of Count
        How what hangs on a supply device is heard.
    facts : list of (name, value)
    lacking : list of str
        What is not known of an instant of the past, in words.
    """

    thing: Thing
    title: str
    shape: str
    state: str
    since: datetime | None
    last_seen: datetime | None
    watched: bool
    heard: Told | None
    below: list[Count]
    facts: list[tuple[str, str]]
    readings: list[Reading]
    curve: Curve | None
    supply: list[Feeder]
    history: list[Past]
    incidents: list[TouchingIncident]
    inspectable: bool
    lacking: list[str]


class Things:
    """Makes the panels of things in one language, for one moment.

    Parameters
    ----------
    past : PastThings, optional
        Reads what was known at that moment, where it is past; the present by default.
    """

    def __init__(
        self, database: Database, texts: Texts, moments: Moments, past: PastThings | None = None
    ) -> None:
        self._database = database
        self._incidents = IncidentReader(database)
        self._telemetry = TelemetryReader(database)
        self._hearings = Hearings(texts, moments)
        self._texts = texts
        self._moments = moments
        self._figures = Figures(texts)
        self._values = Values(texts)
        self._past = past

    def panel(self, kind: str, code: str, property_code: str | None = None) -> ThingPanel:
        """Return the panel of one thing.

        Parameters
        ----------
        property_code : str, optional
            What the curve shows; by default what matters most for its kind.

        Raises
        ------
        NotFound
            No such thing.
        """
        known = self._known(OperatorReader(self._database).thing(kind, code))
        latch = known.latch
        shape, state, since, facts = self._state(known)
        return ThingPanel(
            thing=known.thing,
            title=self._title(known.thing),
            shape=shape,
            state=state,
            since=since,
            last_seen=known.last_seen,
            watched=known.watched,
            heard=None if known.heard is None else self._hearings.told(known.heard),
            below=self._hearings.counts(known.below),
            facts=[*facts, *self._device_facts(known.devices), *self._doubts(known)],
            readings=self._values.last(known.streams),
            curve=self._curve(known, property_code),
            supply=self._supply(known),
            history=self._history(known.thing),
            incidents=known.incidents,
            inspectable=kind == "cabinet"
            and latch is not None
            and (
                latch.state == SupplyState.AWAITING_INSPECTION
                or (latch.state, latch.reason) == (SupplyState.TRIPPED, OutageReason.BURNT)
            ),
            lacking=[self._texts.plain(f"operator.lacking.{each}") for each in known.lacking],
        )

    def _known(self, thing: Thing) -> Known:
        if self._past is None:
            return known_now(self._database, thing)
        return known_then(self._database, thing, self._past)

    def _title(self, thing: Thing) -> str:
        key = f"operator.kind.{thing.kind}"
        known = thing.kind_names.get(self._texts.language, thing.kind)
        kind = self._texts.plain(key) if key in self._texts else known
        named = thing.name if thing.name and thing.name != thing.code else thing.code
        if thing.kind in {"building", "river_gauge", "weather_station", "park"} and thing.name:
            return thing.name
        return f"{kind[:1].upper()}{kind[1:]} {named}"

    # ----------------------------------------------------------------- state
    def _state(self, known: Known) -> tuple[str, str, datetime | None, list[tuple[str, str]]]:
        if known.light is not None:
            return self._light(known, known.light)
        if known.latch is not None:
            return self._latch(known.latch)
        return "", "", None, []

    def _light(
        self, known: Known, light: LightFacts
    ) -> tuple[str, str, datetime | None, list[tuple[str, str]]]:
        state = LightState.UNMONITORED if light.state is None else LightState(light.state)
        name = state.name.lower()
        words = self._texts.plain(f"state.{name}")
        if light.state is None and self._past is not None:
            words = self._texts.plain("operator.state.not_then")
        if state is LightState.INFERRED_DARK and light.probability is not None:
            sure = self._figures.percent(min(light.probability, 0.99))
            words = self._texts.plain("operator.inferred", state=words, percent=sure)
        facts = []
        if state in _DARK and known.cause is not None:
            cause = " ".join((self._kind(known.cause[0]), known.cause[1]))
            facts.append((self._texts.plain("operator.fact.cause"), cause))
        if known.thing.street:
            facts.append((self._texts.plain("operator.fact.street"), known.thing.street))
        return name, words, light.since, [*facts, *lamp_facts(light, self._texts, self._moments)]

    def _kind(self, kind: str) -> str:
        key = f"operator.kind.{kind}"
        return self._texts.plain(key) if key in self._texts else kind

    def _latch(self, latch: SupplyFacts) -> tuple[str, str, datetime | None, list[tuple[str, str]]]:
        shapes = {
            SupplyState.NORMAL: "lit",
            SupplyState.TRIPPED: "confirmed_dark",
            SupplyState.AWAITING_INSPECTION: "inferred_dark",
            SupplyState.RECOVERING: "degraded",
        }
        state = SupplyState(latch.state)
        facts = [
            (
                self._texts.plain("operator.fact.lights"),
                self._texts.plain(
                    "operator.out_of",
                    out=self._figures.number(latch.lights_out),
                    lights=self._figures.number(latch.lights),
                ),
            )
        ]
        if latch.reason:
            reason = f"operator.reason.{latch.reason}"
            shown = self._texts.plain(reason) if reason in self._texts else latch.reason
            facts.append((self._texts.plain("operator.fact.reason"), shown))
        facts.append((self._texts.plain("operator.fact.plinth"), self._plinth(latch)))
        if latch.ground_m_ngf is not None:
            facts.append((self._texts.plain("operator.fact.ground"), self._ground(latch)))
        if latch.rated_kw is not None:
            facts.append(
                (
                    self._texts.plain("operator.fact.rated_kw"),
                    self._figures.quantity(latch.rated_kw, "kW"),
                )
            )
        return shapes[state], self._texts.plain(f"operator.latch.{state}"), latch.since, facts

    def _ground(self, latch: SupplyFacts) -> str:
        if latch.ground_error_m is None:
            return self._figures.quantity(latch.ground_m_ngf or 0.0, "m", 2)
        coarse = latch.ground_error_m > SURE_GROUND_M
        return self._texts.plain(
            "operator.ground.coarse" if coarse else "operator.ground.grid",
            height=self._figures.quantity(latch.ground_m_ngf or 0.0, "m", 0 if coarse else 1),
            error=self._figures.quantity(latch.ground_error_m, "m", 1),
            grid=latch.ground_grid or "",
        )

    def _plinth(self, latch: SupplyFacts) -> str:
        if latch.plinth_m is None:
            return self._texts.plain("operator.plinth.unknown")
        return self._texts.plain(
            "operator.plinth",
            height=self._figures.centimetres(latch.plinth_m),
            source=self._texts.plain(f"operator.plinth.{latch.plinth_source}"),
        )

    def _device_facts(self, devices: pl.DataFrame) -> list[tuple[str, str]]:
        facts = []
        for row in devices.to_dicts():
            interval = row["interval_s"]
            every = (
                None
                if interval is None
                else self._moments.duration(timedelta(seconds=float(interval)))
            )
            facts.append(
                (
                    self._texts.plain("operator.fact.device"),
                    self._texts.plain(
                        "operator.device_of",
                        profile=row["profile"] or None,
                        code=row["dev_eui"],
                        every=every,
                    ),
                )
            )
        return facts

    def _doubts(self, known: Known) -> list[tuple[str, str]]:
        """Say what is wrong with the wiring of a thing."""
        return [
            (self._texts.plain("wiring.dirty"), wiring_sentence(self._texts, defect))
            for defect in known.doubts
        ]

    # ----------------------------------------------------------------- curve
    def _curve(self, known: Known, property_code: str | None) -> Curve | None:
        measured = known.streams.drop_nulls("value")
        if measured.is_empty():
            return None
        properties = measured["property"].unique().to_list()
        newest = measured.sort("measured_at", descending=True)["property"][0]
        wanted = (property_code, *MAIN_PROPERTIES.get(known.thing.kind, ()), newest)
        chosen = next(code for code in wanted if code in properties)
        end = self._moments.now
        start = end - CURVE_SPAN
        history = self._telemetry.history([chosen], start, end, asset_ids=[known.thing.id])
        unit = measured.filter(pl.col("property") == chosen)["unit"][0]
        return draw_curve(
            history,
            code=chosen,
            title=self._values.name(chosen),
            unit=self._values.unit(unit),
            start=start,
            end=end,
            words=lambda value: self._values.written(value, chosen, unit),
            steps=unit == YES_OR_NO,
        )

    # ------------------------------------------------------------ supply, past
    def _supply(self, known: Known) -> list[Feeder]:
        return [
            Feeder(
                kind=link.kind,
                code=link.code,
                title=f"{self._kind(link.kind)} {link.code}",
                how=self._texts.plain(
                    f"operator.rung.{link.rung}", percent=self._figures.percent(link.confidence)
                ),
                out=link.state != SupplyState.NORMAL,
            )
            for link in known.path
        ]

    def _history(self, thing: Thing) -> list[Past]:
        if thing.kind == "streetlight":
            return self._light_history(thing.id)
        return self._supply_history(thing.id)

    def _light_history(self, asset_id: int) -> list[Past]:
        end = self._moments.now + timedelta(microseconds=1)
        rows = self._incidents.history(end - HISTORY_SPAN, end, asset_id).to_dicts()
        names = [LightState(row["state"]).name.lower() for row in rows]
        past = [
            Past(row["at"], name, self._texts.plain(f"state.{name}"))
            for row, name in zip(rows, names, strict=True)
        ]
        return past[::-1][:_MOST_HISTORY]

    def _supply_history(self, asset_id: int) -> list[Past]:
        rows: list[dict[str, Any]] = self._incidents.supply_events(asset_id).to_dicts()
        past = []
        for row in rows:
            if row["at"] > self._moments.now:
                break
            solid = row["basis"] in {"measured", "observed"}
            words = self._texts.plain(f"operator.latch.{row['state']}")
            past.append(Past(row["at"], "solid" if solid else "hollow", words))
        return past[::-1][:_MOST_HISTORY]
