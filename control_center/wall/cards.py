"""The list of incidents: a shape, the root cause in few words, when, how many and where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from control_center.catalogue import Texts
from control_center.moments import Moments
from twin.incidents.alarms import held_back
from twin.store.incidents import Incident
from twin.store.returns import Announced

_KNOWN = frozenset({"measured", "observed"})
_SHAPES = {
    "gateway_silent": "silent",
    "gateways_silent": "silent",
    "still_silent": "silent",
    "low_voltage": "degraded",
    "works": "maintenance",
}
_RANKS = {
    "gateway_silent": 1,
    "gateways_silent": 1,
    "still_silent": 1,
    "low_voltage": 2,
    "lamp_failure": 3,
    "works": 4,
}
"""Gravity of what is no outage of many lights: the greater, the later in the list."""
_MOST_CERTAIN = 0.99
"""A deduction is never shown as whole."""


@dataclass(frozen=True, slots=True)
class Card:
    """One incident in the list.

    Attributes
    ----------
    shape : str
        Name of a state's shape.
    title, where : str
        Root cause in three to five words; how many and where, in one line.
    hour : str
        When it began, with its day where that is another one.
    certainty : str
        ``confirmed`` or ``inferred``; empty for what is neither (silence, works).
    acknowledged : bool
        Whether it asks for nobody: somebody has it in charge, or works are dark by design.
    assigned_to : str or None
        Who looks after it.
    shelved : str or None
        Of a card that was put aside: until when, why and by whom.
    back : str or None
        When the light is expected, or that an announced window has run out; None where no
        window was announced.
    """

    code: str
    shape: str
    title: str
    where: str
    hour: str
    opened_at: datetime
    certainty: str
    probability: float | None
    acknowledged: bool
    recovering: bool
    assigned_to: str | None
    shelved: str | None
    back: str | None


class Cards:
    """Makes cards in one language, for one moment.

    Parameters
    ----------
    texts : Texts
        The catalogue.
    moments : Moments
        Writes hours in the territory's zone.
    returns : mapping of str to Announced, optional
        Newest return announced for each incident, by code.
    """

    def __init__(
        self, texts: Texts, moments: Moments, returns: Mapping[str, Announced] | None = None
    ) -> None:
        self._texts = texts
        self._moments = moments
        self._returns = returns or {}

    def list(self, incidents: Sequence[Incident]) -> list[Card]:
        """Return the cards: what nobody has in charge first, then the gravest, then the newest."""
        ordered = sorted(
            incidents,
            key=lambda one: (
                not _asks(one),
                _RANKS.get(one.kind, 0),
                -one.opened_at.timestamp(),
            ),
        )
        return [self.card(incident) for incident in ordered]

    def card(self, incident: Incident) -> Card:
        """Return the card of one incident."""
        certainty = _certainty(incident)
        return Card(
            code=incident.code,
            shape=shape_of(incident),
            title=self.title(incident),
            where=self._where(incident),
            hour=self._hour(incident.opened_at),
            opened_at=incident.opened_at,
            certainty=certainty,
            probability=incident.claim.get("probability"),
            acknowledged=not _asks(incident),
            recovering=incident.status == "recovering",
            assigned_to=incident.assigned_to,
            shelved=self.shelved(incident),
            back=self._back(incident.code),
        )

    def shelved(self, incident: Incident) -> str | None:
        """Say until when a card is put aside, why and by whom; None where it is not."""
        if not incident.shelved(self._moments.now) or incident.shelved_until is None:
            return None
        return self._texts.plain(
            "care.shelved",
            until=self._moments.until(incident.shelved_until),
            reason=incident.shelved_reason or "",
            person=incident.shelved_by or "",
        )

    def _back(self, code: str) -> str | None:
        announced = self._returns.get(code)
        if announced is None:
            return None
        window = self._moments.window(announced.earliest, announced.latest)
        if self._moments.now > announced.latest:
            return self._texts.plain("returns.card_late", old_eta_window=window)
        if announced.by_others:
            at = self._moments.at(announced.earliest)
            return self._texts.plain("returns.card_announced", eta_at=at)
        return self._texts.plain("returns.card", eta_window=window)

    def title(self, incident: Incident, form: str = "title") -> str:
        """Name the root cause: « A-112 dans l’eau », or « Armoire A-112 dans l’eau »."""
        root = incident.root
        kind = incident.kind
        for key in (f"operator.{form}.{kind}.{root.get('kind', '')}", f"operator.{form}.{kind}"):
            if key in self._texts:
                name = root.get("name") or root.get("code") or ""
                return self._texts.plain(key, code=root.get("code", ""), name=name)
        return self._texts.plain(f"operator.{form}.other", code=root.get("code", ""))

    def _where(self, incident: Incident) -> str:
        headline = incident.headline
        if incident.kind in {"gateway_silent", "gateways_silent", "still_silent"}:
            count = int(headline.get("sensors_silent") or 0)
            if count == 0:
                return self._texts.plain("operator.where.none_silent")
            return self._texts.plural("operator.where.silent", count)
        lights = int(headline.get("lights") or 0)
        streets = int(headline.get("streets") or 0)
        cabinets = int(headline.get("cabinets") or 0)
        told = self._texts.plain(
            "operator.where.lights",
            lights=self._texts.plural("count.lights", lights) if lights else None,
            cabinets=self._texts.plural("count.cabinets", cabinets) if cabinets > 1 else None,
            streets=self._texts.plural("count.streets", streets) if streets > 1 else None,
            place=incident.root.get("place") or None,
        )
        return told.rstrip(", ")

    def _hour(self, instant: datetime) -> str:
        local = instant.astimezone(self._moments.zone)
        hour = self._moments.hour(instant)
        if local.date() == self._moments.today:
            return hour
        return self._texts.plain(
            "operator.day_hour", day=f"{local.day:02d}/{local.month:02d}", hour=hour
        )


def _asks(incident: Incident) -> bool:
    """Whether an incident asks for somebody: what is dark by design never does."""
    return incident.kind != "works" and incident.acknowledged_at is None


def shape_of(incident: Incident) -> str:
    """Return the shape of an incident: a solid cross only for what was measured or seen."""
    fallback = "confirmed_dark" if _certainty(incident) == "confirmed" else "inferred_dark"
    return _SHAPES.get(incident.kind, fallback)


def alarms(incidents: Sequence[Incident]) -> int:
    """Return how many things would each have raised an alarm, were they not under one cause."""
    return sum(held_back(one.headline) for one in incidents)


def shown_probability(probability: float) -> float:
    """Return a probability as it may be printed."""
    return min(probability, _MOST_CERTAIN)


def _certainty(incident: Incident) -> str:
    if incident.kind in _SHAPES:
        return ""
    return "confirmed" if incident.claim.get("basis") in _KNOWN else "inferred"
