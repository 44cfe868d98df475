"""The proof as its readers see it: ``reverbere/proof@1``, typed, with null for what is not known.

The document itself is made by ``twin.incidents.proof``. Sentences, pages and drawings read it
through these records and know nothing else about an incident.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

STRENGTH = ("measured", "observed", "announced", "computed", "assumed", "unknown")
"""Ways of knowing, strongest first."""

NAMEABLE = 0.8
"""Least confidence in the wiring for a supply device to be named to the public."""

GUESSED_RUNG = 3
"""From this rung on, a link is a guess from where things stand."""


class Place(msgspec.Struct, frozen=True):
    """A thing of the city, by kind and code."""

    kind: str
    code: str
    name: str = ""
    place: str = ""


class Figure(msgspec.Struct, frozen=True):
    """One number of a step, with its unit and its margin."""

    name: str
    value: float
    unit: str
    margin: float | None = None


class Step(msgspec.Struct, frozen=True):
    """One link of the causal chain."""

    step: str
    basis: str
    subject: Place | None = None
    relation: str = ""
    object: Place | None = None
    confidence: float | None = None
    at: datetime | None = None
    source: str = ""
    figures: tuple[Figure, ...] = ()
    role: str = "effect"

    def figure(self, name: str) -> Figure | None:
        """Return a figure by name, None where the step has none."""
        return next((figure for figure in self.figures if figure.name == name), None)

    def value(self, name: str) -> float | None:
        """Return the value of a figure, None where the step has none."""
        found = self.figure(name)
        return None if found is None else found.value


class Claim(msgspec.Struct, frozen=True):
    """What is asserted, and how surely."""

    verdict: str
    basis: str
    probability: float | None = None
    since: datetime | None = None
    until: datetime | None = None
    until_before: datetime | None = None


class Device(msgspec.Struct, frozen=True):
    """A supply device that the incident put out."""

    kind: str
    code: str
    place: str = ""
    state: str = ""
    since: datetime | None = None
    basis: str = "unknown"
    probability: float | None = None
    depth_m: float | None = None
    plinth_m: float | None = None
    plinth_source: str = "unknown"
    lights: int | None = None


class Street(msgspec.Struct, frozen=True):
    """A street that the incident touches."""

    slug: str
    name: str
    lights: int = 0
    confirmed: int = 0
    inferred: int = 0
    covered_m: float | None = None
    length_m: float | None = None
    verdict: str = "reduced"
    device: str | None = None


class Headline(msgspec.Struct, frozen=True):
    """Counts of the whole incident; null: not known."""

    cabinets: int | None = None
    lights: int | None = None
    lights_confirmed: int | None = None
    lights_inferred: int | None = None
    covered_m: float | None = None
    attributed_m: float | None = None
    residents: float | None = None
    residents_withheld: bool = False
    streets: int | None = None
    buildings: int | None = None
    crossings: int | None = None
    schools: int | None = None
    gateways: int | None = None
    sensors_silent: int | None = None


class Assumption(msgspec.Struct, frozen=True):
    """A value that nobody measured."""

    what: str
    subject: str = ""
    value: float | None = None
    unit: str = ""


class Evidence(msgspec.Struct, frozen=True):
    """What weighs for or against the cause."""

    name: str
    direction: str
    weight: float = 0.0
    basis: str = "unknown"
    at: datetime | None = None
    subject: Place | None = None


class RuledOut(msgspec.Struct, frozen=True):
    """A cause that was looked at and set aside, and why."""

    cause: str
    because: str
    at: datetime | None = None


class Territory(msgspec.Struct, frozen=True):
    """The territory, as the document names it."""

    slug: str
    name: str
    simulated: bool = False


class Proof(msgspec.Struct, frozen=True):
    """The whole document."""

    incident: str
    kind: str
    as_of: datetime
    territory: Territory
    claim: Claim
    root: Place
    format: str = "reverbere/proof@1"
    version: int = 1
    headline: Headline = Headline()
    chain: tuple[Step, ...] = ()
    devices: tuple[Device, ...] = ()
    streets: tuple[Street, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    unknown: tuple[str, ...] = ()
    ruled_out: tuple[RuledOut, ...] = ()

    def steps(self, name: str) -> tuple[Step, ...]:
        """Return the links of one sort, in the order of the chain."""
        return tuple(step for step in self.chain if step.step == name)

    def step(self, name: str, subject: str | None = None) -> Step | None:
        """Return the first link of one sort, about one thing where its code is given."""
        return next(
            (
                step
                for step in self.steps(name)
                if subject is None or (step.subject is not None and step.subject.code == subject)
            ),
            None,
        )

    def street(self, slug: str) -> Street | None:
        """Return what the document says of one street, None where it is not in it."""
        return next((street for street in self.streets if street.slug == slug), None)

    def device(self, code: str | None) -> Device | None:
        """Return a supply device by code, None where it is not in the document."""
        return next((device for device in self.devices if device.code == code), None)

    @property
    def weakest(self) -> str:
        """The weakest way of knowing in the chain; that of the claim where there is none."""
        return weakest([self.claim.basis, *(step.basis for step in self.chain)])

    @property
    def nameable(self) -> bool:
        """Whether the wiring is known well enough for a device to be named to the public."""
        return all(
            step.confidence is not None
            and step.confidence >= NAMEABLE
            and (step.value("rung") or 0) < GUESSED_RUNG
            for step in self.steps("wiring")
        )


def weakest(bases: list[str]) -> str:
    """Return the weakest of several ways of knowing."""
    known = [basis if basis in STRENGTH else "unknown" for basis in bases]
    return max(known, key=STRENGTH.index)


def read_proof(document: Mapping[str, Any]) -> Proof:
    """Read a proof document.

    Raises
    ------
    msgspec.ValidationError
        The document is not a proof, with the path of what is wrong.
    """
    return msgspec.convert(document, Proof, strict=False)
