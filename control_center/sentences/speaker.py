"""A proof in words: one statement and three lengths, in the language of its reader.

Nothing is said that the document does not hold. What it does not know is left out or called
unknown; the pattern is chosen by the weakest link (``control_center.sentences.situation``).
"""

from dataclasses import dataclass
from datetime import datetime
from types import ModuleType

from control_center.catalogue import Slot, Texts
from control_center.figures import Figures
from control_center.moments import Moments
from control_center.sentences import en, fr
from control_center.sentences.document import Device, Proof, Street
from control_center.sentences.situation import (
    KNOWN,
    Situation,
    basis_of,
    chance_of,
    lamps_out,
    situation,
)

SHORT = 60
"""Longest map label. [characters]"""

_LANGUAGES: dict[str, ModuleType] = {"fr": fr, "en": en}


@dataclass(frozen=True, slots=True)
class Spoken:
    """One situation in words.

    Attributes
    ----------
    key : str
        Pattern that was used.
    title : str
        A few words: the card of a list.
    statement : str
        First sentence of a page.
    short : str
        Map label, 60 characters at most.
    medium : str
        One sentence.
    long : str
        One paragraph, with the moment it was true and the moment of the next word.
    """

    key: str
    title: str
    statement: str
    short: str
    medium: str
    long: str


@dataclass(frozen=True, slots=True)
class Moment:
    """What a reader's moment adds to a proof.

    Attributes
    ----------
    next_update : datetime
        When the next word comes. [UTC]
    switch_on : datetime | None
        By day, when the lights are next due; None at night. [UTC]
    phone : str | None
        Number that takes reports; None where the territory gives none.
    """

    next_update: datetime
    switch_on: datetime | None = None
    phone: str | None = None


class Speaker:
    """Puts proofs and states into words, in one language at one moment.

    Parameters
    ----------
    moments : Moments
        Writes times in the territory's zone; brings the language.
    """

    def __init__(self, moments: Moments) -> None:
        self.moments = moments
        self.texts: Texts = moments.texts
        self.figures = Figures(self.texts)
        self.grammar = _LANGUAGES[self.texts.language]

    def incident(self, proof: Proof, moment: Moment, slug: str | None = None) -> Spoken:
        """Put an incident into words.

        Parameters
        ----------
        slug : str, optional
            The reader's street; without it the whole town is meant.
        """
        chosen = situation(proof, slug)
        return self.pattern(chosen.key, self._slots(proof, moment, slug, chosen))

    def pattern(self, key: str, slots: dict[str, Slot]) -> Spoken:
        """Fill every form of a pattern."""
        short = self.texts.plain(f"sentence.{key}.short", **slots)
        if len(short) > SHORT:
            short = self.texts.plain(f"sentence.{key}.short_bare", **slots)
        title, statement, medium, long = (
            self.texts.plain(f"sentence.{key}.{form}", **slots)
            for form in ("title", "statement", "medium", "long")
        )
        return Spoken(key, title, statement, short, medium, long)

    def blocked_return(self, proof: Proof, moment: Moment, slug: str | None = None) -> Spoken:
        """Say that the return is not known, and what it waits for."""
        lamps = situation(proof, slug).key in {"single_lamp", "several_lamps"}
        return self.pattern(
            "repair_unknown" if lamps else "return_unknown",
            {
                "next_update": self.moments.at(moment.next_update),
                "eta_blocker": self.blocker(proof, slug),
            },
        )

    def blocker(self, proof: Proof, slug: str | None = None) -> str:
        """Say what the return waits for, in one sentence of the closed list."""
        return self.clause(f"blocker.{_blocker(situation(proof, slug))}")

    def clause(self, key: str, **slots: Slot) -> str:
        """Return a clause of the closed lists."""
        return self.texts.plain(f"sentence.{key}", **slots)

    def enumerate_unknown(self, clauses: list[str]) -> str | None:
        """Tell what is not known as one list; None for nothing."""
        told: str | None = self.grammar.enumerate_unknown(clauses)
        return told

    # slots

    def _slots(
        self, proof: Proof, moment: Moment, slug: str | None, chosen: Situation
    ) -> dict[str, Slot]:
        street = None if slug is None else proof.street(slug)
        return {
            **self._extent_slots(chosen, moment),
            **self._time_slots(proof, moment, chosen.device),
            **self._count_slots(proof, street, chosen.device),
            **self._device_slots(proof, chosen.device),
            **self._cause_slots(proof, chosen),
            **self._lamp_slots(proof, street),
        }

    def _extent_slots(self, chosen: Situation, moment: Moment) -> dict[str, Slot]:
        extent = chosen.extent + ("_day" if moment.switch_on else "")
        return {
            name: self.clause(f"{name}.{extent}")
            for name in ("street_is", "street_is_probably", "street_stays")
        }

    def _time_slots(self, proof: Proof, moment: Moment, device: Device | None) -> dict[str, Slot]:
        since = (device.since if device else None) or proof.claim.since
        until, before = proof.claim.until, proof.claim.until_before
        extended = bool(until and before and until > before)
        return {
            "until_day": None if until is None else self.moments.until(until),
            "until_known": until is not None,
            "until_first": None if until is None or extended else self.moments.until(until),
            "until_extended": self.moments.until(until) if until and extended else None,
            "shortened": bool(until and before and until < before),
            "since_time": None if since is None else self.moments.since(since),
            "at_time": self.moments.at(proof.as_of),
            "read_at": self.moments.at(proof.as_of),
            "next_update": self.moments.at(moment.next_update),
            "switch_on": None if moment.switch_on is None else self.moments.hour(moment.switch_on),
            "phone": moment.phone,
        }

    def _count_slots(
        self, proof: Proof, street: Street | None, device: Device | None
    ) -> dict[str, Slot]:
        """Count what hangs under the device that is named, else under the whole incident.

        A cut names none: it is told as one, however many devices it puts out.
        """
        counts = proof.headline
        lights, streets = counts.lights, counts.streets
        if device is not None and len(proof.devices) > 1 and proof.kind != "distributor_cut":
            lights = device.lights
            streets = sum(touched.device == device.code for touched in proof.streets)
        return {
            "lights": None if not lights else self._lights(lights, sure=_wired_surely(proof)),
            "streets": None if not streets else self._count("streets", streets),
            "cabinets": None if not counts.cabinets else self._count("cabinets", counts.cabinets),
            "lights_range": None,
            "back_count": None if street is None else self._back(street),
            "total_count": None if street is None else self.texts.number(street.lights),
        }

    def _lights(self, lights: int, *, sure: bool) -> str:
        counted = self._count("lights", lights)
        return counted if sure or lights < 10 else self.figures.about_counted("lights", lights)

    def _count(self, what: str, number: int) -> str:
        return self.texts.plural(f"count.{what}", number)

    def _back(self, street: Street) -> str | None:
        back = street.lights - street.confirmed - street.inferred
        return None if back < 0 else self.texts.number(back)

    def _device_slots(self, proof: Proof, device: Device | None) -> dict[str, Slot]:
        if device is None:
            return {}
        depth, plinth = device.depth_m, device.plinth_m
        basis = basis_of(proof, device)
        return {
            device.kind: device.code,
            f"{device.kind}_place": device.place or None,
            "depth": None if depth is None else self.figures.centimetres(depth),
            "plinth": None if plinth is None else self.figures.centimetres(plinth),
            "water_there": depth is not None and depth > 0,
            "water_gone": not depth,
            "measured": basis == "measured",
            "observed": basis == "observed",
        }

    def _cause_slots(self, proof: Proof, chosen: Situation) -> dict[str, Slot]:
        device = chosen.device
        named = device is not None and proof.nameable
        kind = device.kind if device and named else "upstream"
        if f"sentence.cause_short.{kind}" not in self.texts:
            kind = "upstream"
        flooded = f"flood_{kind}" if proof.kind == "flood" else kind
        if f"sentence.cause.{flooded}" not in self.texts:
            flooded = kind
        code = device.code if device else ""
        chance = chance_of(proof, device)
        return {
            "chances": None if chance is None else self.figures.chances(chance),
            "cause_chances": None,
            "cause": self.clause(f"cause.{flooded}", code=code),
            "cause_short": self.clause(f"cause_short.{kind}", code=code),
            "assumptions": self.assumptions(proof, device),
            "evidence": self.grammar.enumerate_words(self._evidence(proof)),
        }

    def assumptions(self, proof: Proof, device: Device | None = None) -> str | None:
        """Tell what nobody measured, about one device where it is given; None for nothing."""
        told: str | None = self.grammar.enumerate_words(self._assumptions(proof, device))
        return told

    def _assumptions(self, proof: Proof, device: Device | None) -> list[str]:
        said = []
        for assumption in proof.assumptions:
            key = f"sentence.assumption.{assumption.what}"
            about_another = device is not None and assumption.subject not in {"", device.code}
            if key not in self.texts or about_another:
                continue
            value = assumption.value
            shown = None if value is None else self.figures.centimetres(value)
            if shown is not None or assumption.what not in {"plinth", "depth"}:
                said.append(self.texts.plain(key, value=shown))
        return list(dict.fromkeys(said))

    def _evidence(self, proof: Proof) -> list[str]:
        strongest = sorted(proof.evidence, key=lambda item: -abs(item.weight))
        keys = [f"evidence.{item.name}" for item in strongest if item.direction == "for"]
        return [self.texts.plain(key) for key in dict.fromkeys(keys) if key in self.texts][:3]

    def _lamp_slots(self, proof: Proof, street: Street | None) -> dict[str, Slot]:
        name = street.name if street else proof.root.place
        rest_lit = any(item.name == "neighbours_lit" for item in proof.evidence)
        return {
            "light_ref": proof.root.code,
            "lamps": self._count("lights", lamps_out(proof, street)),
            "at_street": self.grammar.at_street(name) if name else None,
            "rest_lit": rest_lit,
            "rest_unknown": not rest_lit,
            "voltage": self._voltage(proof),
            "works_title": _title_inside(proof.root.name) if proof.kind == "works" else None,
        }

    def _voltage(self, proof: Proof) -> str | None:
        volts = next((v for step in proof.chain if (v := step.value("voltage")) is not None), None)
        return None if volts is None else self.figures.quantity(volts, "V", 0)


def _title_inside(title: str) -> str | None:
    """Return a title as it stands inside a sentence: « Remplacement… » is « remplacement… »."""
    inside = title[:1].lower() + title[1:] if title[1:2].islower() else title
    return inside or None


def _wired_surely(proof: Proof) -> bool:
    return all((step.confidence or 0) >= 0.9 for step in proof.steps("wiring"))


def _blocker(chosen: Situation) -> str:
    if chosen.key.startswith("cut_"):
        return "distributor"
    if chosen.key == "burnt_cabinet":
        return "replacement"
    if chosen.key.startswith("flood"):
        return "flood"
    if chosen.device is not None and chosen.device.state == "awaiting_inspection":
        return "inspection"
    if chosen.device is not None and chosen.device.basis not in KNOWN:
        return "check"
    return {
        "water_receding": "inspection",
        "repaired_watch": "inspection",
        "upstream_substation": "distributor",
        "feeder": "fault",
        "single_lamp": "repair",
        "several_lamps": "repair",
    }.get(chosen.key, "cause")
