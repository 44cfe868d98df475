"""What a gardener's card knows: the soil, tonight's minutes and why, the order under way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from control_center.catalogue import Slot, Texts
from control_center.figures import Figures
from control_center.moments import Moments
from control_center.watering.valves import PERSON as PLAN
from twin.model.states import CommandState
from twin.store.valves import ValveWord

SHOWN = timedelta(hours=3)
"""How long an ended order stays on its card."""

_SENT = frozenset({CommandState.SENT, CommandState.ACKNOWLEDGED})
_ICONS = {"water": "dry", "enough": "good", "blocked": "leak", "running": "drop"}
_MANUAL_WHY = {"rain_since_decision": "_rain"}


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its three segments show it.

    Attributes
    ----------
    steps : int
        Segments that are done: waiting, sent, confirmed.
    ended : str
        ``confirmed``, ``failed``, ``cancelled``, or empty while it is under way.
    """

    id: str
    title: str
    steps: int
    ended: str
    detail: str
    confirmed_at: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The reserve: three numbers of a hundred, two of which may not be known."""

    now: float
    threshold: float
    after: float | None


@dataclass(frozen=True, slots=True)
class Card:
    """One zone."""

    code: str
    name: str
    state: str
    icon: str
    minutes: float
    depth_mm: float
    litres: float
    bar: Bar | None
    why: str
    full: str
    notes: list[str]
    order: Order | None
    orderable: bool
    skipped: bool
    running: bool
    opening: bool
    until: str
    need: float


class Cards:
    """Writes the cards of a park, in one language at one moment.

    Parameters
    ----------
    moments : Moments
        Brings the language and the present.
    words : mapping of int to ValveWord
        What each valve last said.
    """

    def __init__(self, moments: Moments, words: dict[int, ValveWord]) -> None:
        self.moments, self.words = moments, words
        self.texts: Texts = moments.texts
        self.figures = Figures(self.texts)
        self.now = moments.now

    def cards(self, zones: Sequence[dict[str, Any]]) -> list[Card]:
        """Return the cards, the zone most in need first."""
        return sorted((self.card(zone) for zone in zones), key=lambda card: (-card.need, card.name))

    def card(self, zone: dict[str, Any]) -> Card:
        """Return the card of one zone of ``IrrigationReader.zones``."""
        order = zone["command"]
        running, until = self._running(zone, order)
        decision = self._decision(zone)
        state = "running" if running else decision
        known = zone["reserve_percent"] is not None
        return Card(
            code=zone["code"],
            name=zone["name"] or zone["code"],
            state=state,
            icon=_ICONS.get(state, "moon" if state == "skipped" else "dotted"),
            minutes=zone["minutes"] or 0.0,
            depth_mm=zone["depth_mm"] or 0.0,
            litres=zone["litres"] or 0.0,
            bar=self._bar(zone) if known else None,
            why=self._why(zone, decision),
            full=self._full(zone, decision),
            notes=self._notes(zone, decision),
            order=self._order(order),
            orderable=bool(zone["valve_id"] and zone["dev_eui"]),
            skipped=decision == "skipped",
            running=running,
            opening=_pending(order, "open_valve"),
            until="" if until is None else self.moments.until(until),
            need=_need(zone, decision),
        )

    # tonight

    def _decision(self, zone: dict[str, Any]) -> str:
        override = zone["override"]
        if override is not None and override["starts_at"] <= self.now < override["ends_at"]:
            return "skipped"
        if zone["decision"] == "skipped" and override is None:
            return "none"  # taken back; the plan follows at its next run
        return zone["decision"] or "none"

    def _bar(self, zone: dict[str, Any]) -> Bar:
        after = zone["after_percent"] if zone["decision"] == "water" else None
        return Bar(zone["reserve_percent"], zone["threshold_percent"], after)

    def _why(self, zone: dict[str, Any], decision: str) -> str:
        """Say in one sentence why these minutes, or why none."""
        reason = str(zone["why"].get("reason") or "")
        key = f"gardener.why.{decision}{_MANUAL_WHY.get(reason, '')}"
        if decision in {"blocked", "unknown"} and f"gardener.why.{reason}" in self.texts:
            key = f"gardener.why.{reason}"
        slots = self._slots(zone)
        if any(slots.get(name) is None for name in self.texts.required_slots(key)):
            key = "gardener.why.unknown" if decision != "none" else "gardener.why.none"
        return self.texts.plain(key, **slots)

    def _full(self, zone: dict[str, Any], decision: str) -> str:
        """Tell every input of the figure, for whoever wants to check it."""
        key, slots = f"gardener.full.{decision}", self._slots(zone)
        if key not in self.texts:
            return ""
        if any(slots.get(name) is None for name in self.texts.required_slots(key)):
            return ""
        return self.texts.plain(key, **slots)

    def _notes(self, zone: dict[str, Any], decision: str) -> list[str]:
        why, said = zone["why"], []
        cycles = len(why.get("cycles") or [])
        if decision == "water" and cycles > 1:
            said.append(self.texts.plural("gardener.why.cycles", cycles))
        if decision == "water" and zone["starts_at"] is not None:
            at_time = self.moments.at(zone["starts_at"])
            said.append(self.texts.plain("gardener.why.start", at_time=at_time))
        if why.get("unfinished_min"):
            missing = self.figures.quantity(why["unfinished_min"], "min", 0)
            said.append(self.texts.plain("gardener.why.window_too_short", missing=missing))
        if why.get("et_today_basis") == "assumed":
            said.append(self.texts.plain("gardener.today_assumed"))
        return said

    def _slots(self, zone: dict[str, Any]) -> dict[str, Slot]:
        why, override = zone["why"], zone["override"] or {}
        given, dry = why.get("irrigation_mm"), why.get("days_without_rain")
        since = why.get("since_day")
        return {
            "depletion": self._mm(why.get("depletion_mm")),
            "et": self._mm(why.get("et_mm")),
            "rain": self._mm(why.get("rain_mm")),
            "irrigation": self._mm(given) if given else None,
            "dry": self.texts.plural("gardener.why.dry", dry) if dry else None,
            "rain_since": self._mm(why.get("rain_since_decision_mm")),
            "threshold_mm": self._mm(why.get("threshold_mm")),
            "since_day": None if since is None else self._since_day(since),
            "reserve": self._percent(zone["reserve_percent"]),
            "threshold": self._percent(zone["threshold_percent"]),
            "rate": self._quantity(why.get("rate_mm_h"), "mm_h", 1),
            "extra": self._quantity(why.get("uniformity_extra_min") or None, "min", 0),
            "minutes": self._quantity(zone["minutes"], "min", 0),
            "depth": self._mm(zone["depth_mm"]),
            "litres": self._quantity(zone["litres"], "L", 0),
            "person": override.get("person"),
            "until": self.moments.until(override["ends_at"]) if override else None,
        }

    def _since_day(self, day: str) -> str:
        told = self.moments.day(date.fromisoformat(day))
        return self.texts.plain("gardener.since_day", day=told)

    def _mm(self, value: float | None) -> str | None:
        return self._quantity(value, "mm", 1)

    def _percent(self, value: float | None) -> str | None:
        return self._quantity(value, "percent", 0)

    def _quantity(self, value: float | None, unit: str, digits: int) -> str | None:
        return None if value is None else self.figures.quantity(value, unit, digits)

    # orders

    def _running(
        self, zone: dict[str, Any], order: dict[str, Any] | None
    ) -> tuple[bool, datetime | None]:
        """Whether water runs, by the valve's own word, and until when where an order tells."""
        word = self.words.get(zone["valve_id"] or 0)
        confirmed = order if order and order["state"] == CommandState.CONFIRMED else None
        until = None
        if confirmed is not None and confirmed["verb"] == "open_valve":
            span = float(confirmed["parameters"].get("duration_s", 0))
            until = confirmed["state_at"] + timedelta(seconds=span)
        if word is not None and (confirmed is None or word.at >= confirmed["state_at"]):
            return word.is_open, until if word.is_open else None
        return until is not None and until > self.now, until

    def _order(self, order: dict[str, Any] | None) -> Order | None:
        if order is None:
            return None
        state = CommandState(order["state"])
        if state.final and self.now - order["state_at"] > SHOWN:
            return None
        ended = _ended(state)
        return Order(
            id=order["command_id"],
            title=self._title(order),
            steps=_steps(state),
            ended=ended,
            detail=self._detail(order, state) if ended in {"failed", "cancelled"} else "",
            confirmed_at=self._hour(order["state_at"]) if ended == "confirmed" else "",
        )

    def _title(self, order: dict[str, Any]) -> str:
        at_time = self.moments.at(order["requested_at"])
        if order["verb"] != "open_valve":
            return self.texts.plain("gardener.order.stop", at_time=at_time)
        minutes = float(order["parameters"].get("duration_s", 0)) / 60
        shown = self.figures.quantity(minutes, "min", 0)
        key = "gardener.order.planned" if order["person"] == PLAN else "gardener.order.water"
        return self.texts.plain(key, minutes=shown, at_time=at_time)

    def _detail(self, order: dict[str, Any], state: CommandState) -> str:
        reason = "cancelled" if state == CommandState.CANCELLED else order["reason"]
        key = f"gardener.failed.{reason or 'other'}"
        return self.texts.plain(key if key in self.texts else "gardener.failed.other")

    def _hour(self, instant: datetime) -> str:
        written = self.moments.hour(instant)
        return written if self.moments.is_today(instant) else self.moments.at(instant)


def _pending(order: dict[str, Any] | None, verb: str) -> bool:
    return order is not None and order["verb"] == verb and not CommandState(order["state"]).final


def _steps(state: CommandState) -> int:
    if state == CommandState.CONFIRMED:
        return 3
    return 2 if state in _SENT else 1


def _ended(state: CommandState) -> str:
    if not state.final:
        return ""
    if state in {CommandState.CONFIRMED, CommandState.CANCELLED}:
        return state.value
    return "failed"


def _need(zone: dict[str, Any], decision: str) -> float:
    """Rank zones: short of water by how far under the threshold, then unknown, then the rest."""
    reserve, threshold = zone["reserve_percent"], zone["threshold_percent"]
    if reserve is None or threshold is None:
        return 0.5 if decision in {"unknown", "blocked"} else 0.0
    return 1.0 + float(threshold - reserve) if decision == "water" else (threshold - reserve) / 1e3
