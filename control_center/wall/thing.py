"""The panel of one thing: what it is, its last message, what feeds it, its curve, its history."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from control_center.catalogue import Texts
from control_center.figures import Figures
from control_center.moments import Moments
from control_center.wall.curve import Curve, draw_curve, main
from control_center.wall.hearing import Count, Hearings, Told
from control_center.wall.lamp import lamp_facts
from twin.model.states import LightState, OutageReason, SupplyState
from twin.store.database import Database
from twin.store.incidents import IncidentReader
from twin.store.operator import OperatorReader, SupplyFacts, Thing, TouchingIncident
from twin.store.sensor_states import SensorStateReader
from twin.store.telemetry import TelemetryReader
from twin.store.wiring import WiringReader

CURVE_SPAN = timedelta(hours=24)
HISTORY_SPAN = timedelta(days=7)
_MOST_HISTORY = 12

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

_NO_READING = frozenset({"bool"})


@dataclass(frozen=True, slots=True)
class Reading:
    """The last value of one property, in words."""

    code: str
    name: str
    value: str
    at: datetime | None
    doubtful: bool


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


class Things:
    """Makes the panels of things in one language, for one moment."""

    def __init__(self, database: Database, texts: Texts, moments: Moments) -> None:
        self._reader = OperatorReader(database)
        self._incidents = IncidentReader(database)
        self._telemetry = TelemetryReader(database)
        self._wiring = WiringReader(database)
        self._sensors = SensorStateReader(database)
        self._hearings = Hearings(texts, moments)
        self._texts = texts
        self._moments = moments
        self._figures = Figures(texts)

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
        thing = self._reader.thing(kind, code)
        streams = self._telemetry.streams(thing.id)
        devices = self._reader.devices_of(thing.id)
        latch = self._reader.supply(thing.id)
        shape, state, since, facts = self._state(thing, latch)
        seen = devices["last_seen"].drop_nulls()
        heard = self._sensors.of_asset(thing.id)
        return ThingPanel(
            thing=thing,
            title=self._title(thing),
            shape=shape,
            state=state,
            since=since,
            last_seen=None if seen.is_empty() else seen.to_list()[0],
            watched=not devices.is_empty() or not streams.is_empty(),
            heard=None if heard is None else self._hearings.told(heard),
            below=self._hearings.counts(self._sensors.below(thing.id)) if latch else [],
            facts=[*facts, *self._device_facts(devices), *self._doubts(thing)],
            readings=self._readings(streams),
            curve=self._curve(thing, streams, property_code),
            supply=self._supply(thing),
            history=self._history(thing),
            incidents=self._reader.incidents_of(thing.id),
            inspectable=kind == "cabinet"
            and latch is not None
            and (
                latch.state == SupplyState.AWAITING_INSPECTION
                or (latch.state, latch.reason) == (SupplyState.TRIPPED, OutageReason.BURNT)
            ),
        )

    def _title(self, thing: Thing) -> str:
        key = f"operator.kind.{thing.kind}"
        known = thing.kind_names.get(self._texts.language, thing.kind)
        kind = self._texts.plain(key) if key in self._texts else known
        named = thing.name if thing.name and thing.name != thing.code else thing.code
        if thing.kind in {"building", "river_gauge", "weather_station", "park"} and thing.name:
            return thing.name
        return f"{kind[:1].upper()}{kind[1:]} {named}"

    # ----------------------------------------------------------------- state
    def _state(
        self, thing: Thing, latch: SupplyFacts | None
    ) -> tuple[str, str, datetime | None, list[tuple[str, str]]]:
        if thing.kind == "streetlight":
            return self._light(thing)
        if latch is not None:
            return self._latch(latch)
        return "", "", None, []

    def _light(self, thing: Thing) -> tuple[str, str, datetime | None, list[tuple[str, str]]]:
        light = self._reader.light(thing.id)
        state = LightState.UNMONITORED if light.state is None else LightState(light.state)
        name = state.name.lower()
        words = self._texts.plain(f"state.{name}")
        if state is LightState.INFERRED_DARK and light.probability is not None:
            sure = self._figures.percent(min(light.probability, 0.99))
            words = self._texts.plain("operator.inferred", state=words, percent=sure)
        facts = []
        if thing.street:
            facts.append((self._texts.plain("operator.fact.street"), thing.street))
        return name, words, light.since, [*facts, *lamp_facts(light, self._texts, self._moments)]

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
            ground = self._figures.quantity(latch.ground_m_ngf, "m", 2)
            facts.append((self._texts.plain("operator.fact.ground"), ground))
        if latch.rated_kw is not None:
            facts.append(
                (
                    self._texts.plain("operator.fact.rated_kw"),
                    self._figures.quantity(latch.rated_kw, "kW"),
                )
            )
        return shapes[state], self._texts.plain(f"operator.latch.{state}"), latch.since, facts

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

    def _doubts(self, thing: Thing) -> list[tuple[str, str]]:
        """Say what is wrong with the wiring of a thing."""
        return [
            (self._texts.plain("wiring.dirty"), self._texts.plain(f"wiring.defect.{defect}"))
            for defect in self._wiring.defects(thing.id)["defect"]
        ]

    # -------------------------------------------------------------- readings
    def _readings(self, streams: pl.DataFrame) -> list[Reading]:
        """Return one row a property: its sum where there is one, else its phases in a row."""
        measured = streams.drop_nulls("value")
        return [
            Reading(
                code=str(code),
                name=self.property_name(str(code)),
                value=", ".join(
                    self.written(row["value"], row["property"], row["unit"])
                    for row in main(group).to_dicts()
                ),
                at=group["measured_at"].to_list()[0],
                doubtful=bool((main(group)["quality"] != 0).any()),
            )
            for (code,), group in measured.group_by("property", maintain_order=True)
        ]

    def property_name(self, code: str) -> str:
        """Name a property."""
        key = f"operator.property.{code}"
        return self._texts.plain(key) if key in self._texts else code.replace("_", " ")

    def written(self, value: float, code: str, unit: str) -> str:
        """Write a value with its unit; what is yes or no in words."""
        if unit in _NO_READING:
            key = f"operator.value.{code}.{'yes' if value else 'no'}"
            fallback = f"operator.value.{'yes' if value else 'no'}"
            return self._texts.plain(key if key in self._texts else fallback)
        digits = 2 if unit == "m" or abs(value) < 1 else 1
        if unit != "m" and (abs(value) >= 100 or float(value).is_integer()):
            digits = 0
        return self._texts.plain(
            f"operator.unit.{_unit_key(unit)}", value=self._figures.number(value, digits)
        )

    def _curve(
        self, thing: Thing, streams: pl.DataFrame, property_code: str | None
    ) -> Curve | None:
        measured = streams.drop_nulls("value")
        if measured.is_empty():
            return None
        known = measured["property"].unique().to_list()
        newest = measured.sort("measured_at", descending=True)["property"][0]
        wanted = (property_code, *MAIN_PROPERTIES.get(thing.kind, ()), newest)
        chosen = next(code for code in wanted if code in known)
        end = self._moments.now
        start = end - CURVE_SPAN
        history = self._telemetry.history([chosen], start, end, asset_ids=[thing.id])
        unit = measured.filter(pl.col("property") == chosen)["unit"][0]
        return draw_curve(
            history,
            code=chosen,
            title=self.property_name(chosen),
            unit="" if unit in _NO_READING else self._unit_alone(unit),
            start=start,
            end=end,
            words=lambda value: self.written(value, chosen, unit),
            steps=unit in _NO_READING,
        )

    def _unit_alone(self, unit: str) -> str:
        return self._texts.plain(f"operator.unit.{_unit_key(unit)}", value="").strip()

    # ------------------------------------------------------------ supply, past
    def _supply(self, thing: Thing) -> list[Feeder]:
        shown = []
        for link in self._reader.supply_path(thing.id):
            noun = f"operator.kind.{link.kind}"
            named = self._texts.plain(noun) if noun in self._texts else link.kind
            shown.append(
                Feeder(
                    kind=link.kind,
                    code=link.code,
                    title=f"{named} {link.code}",
                    how=self._texts.plain(
                        f"operator.rung.{link.rung}", percent=self._figures.percent(link.confidence)
                    ),
                    out=link.state != SupplyState.NORMAL,
                )
            )
        return shown

    def _history(self, thing: Thing) -> list[Past]:
        if thing.kind == "streetlight":
            return self._light_history(thing.id)
        return self._supply_history(thing.id)

    def _light_history(self, asset_id: int) -> list[Past]:
        end = self._moments.now + timedelta(seconds=1)
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
            solid = row["basis"] in {"measured", "observed"}
            words = self._texts.plain(f"operator.latch.{row['state']}")
            past.append(Past(row["at"], "solid" if solid else "hollow", words))
        return past[::-1][:_MOST_HISTORY]


def _unit_key(unit: str) -> str:
    """Return the key of a unit: letters and underscores only."""
    return unit.replace("/", "_").replace("%", "percent")
