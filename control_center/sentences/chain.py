"""The causal chain in words, link by link, as pages and lists draw it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from control_center.catalogue import Slot
from control_center.sentences.document import Device, Figure, Place, Proof, Step
from control_center.sentences.speaker import Speaker

Mark = Literal["solid", "hollow", "dotted"]

MARKS: dict[str, Mark] = {
    "measured": "solid",
    "observed": "solid",
    "announced": "hollow",
    "computed": "hollow",
    "assumed": "hollow",
}
"""Solid: measured or seen. Hollow: announced, worked out or assumed. Dotted: everything else."""

_CENTIMETRES = frozenset({"depth", "plinth"})
_READINGS = ("power", "active_power", "current", "voltage")
_UNITS = {"": "1", "degC": "1"}


@dataclass(frozen=True, slots=True)
class Line:
    """One link in words.

    Attributes
    ----------
    mark : {'solid', 'hollow', 'dotted'}
        How it is drawn.
    title, detail : str
        The fact; its source and margin, empty where nothing is to be added.
    word : str
        How it is known: mesuré, constaté, calculé, supposé, inconnu.
    confidence : float | None
        Between 0 and 1; None where the document gives none.
    at : datetime | None
        When it was true. [UTC]
    """

    step: str
    mark: Mark
    title: str
    detail: str
    word: str
    confidence: float | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Weight:
    """One piece of evidence: which way it weighs, and how much of the heaviest. [0 … 1]"""

    text: str
    supports: bool
    share: float
    mark: Mark
    word: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class RuledOutLine:
    """A cause that was set aside, and why."""

    cause: str
    because: str | None
    at: datetime | None


class Chain:
    """Puts the links of a proof into words.

    Parameters
    ----------
    speaker : Speaker
        Language and moment.
    """

    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker
        self.texts, self.figures = speaker.texts, speaker.figures

    def lines(self, proof: Proof, device: Device | None = None) -> list[Line]:
        """Return the links in their order.

        Parameters
        ----------
        device : Device, optional
            Keeps to the links about one supply device and those that are about none.
        """
        return [line for _, line in self.pairs(proof, device)]

    def pairs(self, proof: Proof, device: Device | None = None) -> list[tuple[Step, Line]]:
        """Return the links with their words; those about nothing that can be named are left out.

        Parameters
        ----------
        device : Device, optional
            As for ``lines``.
        """
        others = {other.code for other in proof.devices} - {device.code if device else ""}
        about = [
            step
            for step in proof.chain
            if device is None or step.subject is None or step.subject.code not in others
        ]
        told = ((step, self._line(proof, step)) for step in about)
        return [(step, line) for step, line in told if line is not None]

    def unknown(self, proof: Proof, *, said_already: tuple[str, ...] = ()) -> str | None:
        """Return what is not known as one list of clauses; None where nothing is named.

        Parameters
        ----------
        said_already : tuple of str
            Codes that the page tells elsewhere.
        """
        clauses = [
            self.texts.plain(f"unknown.{code}")
            for code in proof.unknown
            if f"unknown.{code}" in self.texts and code not in said_already
        ]
        return self.speaker.enumerate_unknown(clauses)

    def evidence(self, proof: Proof) -> list[Weight]:
        """Return what weighs for and against, the heaviest first; at most five."""
        known = [item for item in proof.evidence if f"evidence.{item.name}" in self.texts]
        heaviest = max((abs(item.weight) for item in known), default=0.0) or 1.0
        return [
            Weight(
                text=capitalised(self.texts.plain(f"evidence.{item.name}")),
                supports=item.direction == "for",
                share=abs(item.weight) / heaviest,
                mark=MARKS.get(item.basis, "dotted"),
                word=self._word(item.basis),
                at=item.at,
            )
            for item in sorted(known, key=lambda item: -abs(item.weight))[:5]
        ]

    def ruled_out(self, proof: Proof) -> list[RuledOutLine]:
        """Return the causes that were set aside, each with its reason where it can be told."""
        return [
            RuledOutLine(
                cause=self.texts.plain(f"ruled_out.{item.cause}"),
                because=self.texts.plain(f"because.{item.because}")
                if f"because.{item.because}" in self.texts
                else None,
                at=item.at,
            )
            for item in proof.ruled_out
            if f"ruled_out.{item.cause}" in self.texts
        ]

    def _word(self, basis: str) -> str:
        return self.texts.plain(f"basis.{basis if basis in MARKS else 'unknown'}")

    def noun(self, family: str, place: Place | None) -> str | None:
        """Name a thing: ``noun`` (l’armoire A-112), ``noun_of``, ``Noun`` at a sentence's start."""
        if place is None:
            return None
        kind = place.kind if f"{family}.{place.kind}" in self.texts else "other"
        shown = place.name or place.code
        code = shown if kind in {"gateway", "river_gauge", "building"} else place.code
        return self.texts.plain(f"{family}.{kind}", code=code, name=place.name or place.code)

    def _line(self, proof: Proof, step: Step) -> Line | None:
        """Put one link into words; None where it is about nothing that can be named."""
        slots = self._slots(proof, step)
        own = f"proof.step.{step.step}"
        titles = (
            f"{own}.{step.relation}.title",
            f"{own}.title",
            f"{own}.title_bare",
            "proof.step.other.title",
        )
        title = next((key for key in titles if self._complete(key, slots)), None)
        if title is None:
            return None
        key = title.rpartition(".")[0]
        return Line(
            step=step.step,
            mark=MARKS.get(step.basis, "dotted"),
            title=self.texts.plain(title, **slots),
            detail=capitalised(self.texts.plain(f"{key}.detail", **slots).strip(" ,.")),
            word=self._word(step.basis),
            confidence=step.confidence,
            at=step.at,
        )

    def _complete(self, key: str, slots: dict[str, Slot]) -> bool:
        return key in self.texts and all(
            slots.get(name) is not None for name in self.texts.required_slots(key)
        )

    def _slots(self, proof: Proof, step: Step) -> dict[str, Slot]:
        slots: dict[str, Slot] = {
            "The_subject": self.noun("Noun", step.subject),
            "the_subject": self.noun("noun", step.subject),
            "of_subject": self.noun("noun_of", step.subject),
            "the_object": self.noun("noun", step.object),
            "object_name": (step.object.name or step.object.code) if step.object else None,
            "of_object": self.noun("noun_of", step.object),
            "station": (step.subject.name or step.subject.code) if step.subject else None,
            "source": self._source(step),
            "works_title": (step.subject.name or None) if step.subject else None,
            "plinth_words": self._plinth_words(proof, step),
        }
        for figure in step.figures:
            if figure.name in _READINGS and step.basis != "measured":
                continue  # what no instrument gave is not told as its reading
            slots[figure.name] = self.written(figure)
            if figure.margin is not None:
                slots[f"{figure.name}_margin"] = self.written(
                    Figure(figure.name, figure.margin, figure.unit)
                )
        slots["reading"] = next((slots[name] for name in _READINGS if name in slots), None)
        return slots

    def written(self, figure: Figure) -> str:
        """Write a figure of the document with its unit."""
        if figure.name in _CENTIMETRES and figure.unit == "m":
            return self.figures.centimetres(figure.value)
        if figure.name == "lights":
            return self.texts.plural("count.lights", round(figure.value))
        if figure.unit == "m":
            small = figure.value < 0.1
            return (
                self.figures.centimetres(figure.value)
                if small
                else self.figures.quantity(figure.value, "m", 2)
            )
        unit = _UNITS.get(figure.unit, figure.unit.replace("/", "_"))
        known = unit if f"unit.{unit}" in self.texts else "1"
        return self.figures.quantity(figure.value, known)

    def _source(self, step: Step) -> str | None:
        key = f"source.{step.source}"
        if key in self.texts:
            return self.texts.plain(key)
        if "." in step.source:
            return self.texts.plain("source.extent", file=step.source)
        told_already = step.subject is not None and step.source == step.subject.code
        return None if told_already else step.source or None

    def _plinth_words(self, proof: Proof, step: Step) -> str | None:
        device = proof.device(step.subject.code if step.subject else None)
        if step.step != "plinth" or device is None:
            return None
        key = f"proof.plinth.{device.plinth_source}"
        return self.texts.plain(key if key in self.texts else "proof.plinth.unknown")


def capitalised(text: str) -> str:
    """Return a text whose first letter is a capital, the others as they are."""
    return text[:1].upper() + text[1:]
