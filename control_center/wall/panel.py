"""The panel of one incident: what is claimed, what it touches, why, what is not known, the acts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from control_center.catalogue import Texts
from control_center.figures import Figures
from control_center.moments import Moments
from control_center.sentences.chain import MARKS, Chain, Line, Mark
from control_center.sentences.document import Device, Evidence, Proof, RuledOut, Street
from control_center.sentences.speaker import Speaker
from control_center.wall.cards import Card, Cards, shown_probability
from control_center.wall.journal import Done, Journal
from twin.model.states import SupplyState
from twin.store.incident_acts import IncidentAct
from twin.store.incidents import Incident, StoredProof
from twin.store.returns import Announced

MOST_EVIDENCE = 5
_BAR_UNITS = 8.0
"""Weight that fills a bar: past it, more of it changes nothing. [log-odds]"""


@dataclass(frozen=True, slots=True)
class HeadFigure:
    """One of the three figures of the head; ``value`` None where it is not known."""

    value: str | None
    unit: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """One piece of evidence as a bar.

    Attributes
    ----------
    start, width : float
        Of the bar, in percent of its box; the zero line stands at 18.
    mark : {'solid', 'hollow', 'dotted'}
        How it is known.
    source : str
        How or when it is known.
    """

    name: str
    against: bool
    start: float
    width: float
    mark: Mark
    source: str


@dataclass(frozen=True, slots=True)
class OutDevice:
    """One supply device of the incident, in words.

    Attributes
    ----------
    inspectable : bool
        Whether it waits for an inspection.
    wet : bool
        Whether it will, once the water has gone.
    """

    code: str
    kind: str
    mark: Mark
    state: str
    detail: str
    inspectable: bool
    wet: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """The panel of one incident.

    Attributes
    ----------
    journal : list of Done
        What was done about it, the last first.
    last_act : int
        Number of the last act that the reader sees here; 0 without one.
    root_key : str
        Of its cause: what a person recorded is found by it.
    """

    card: Card
    title: str
    since: str
    lasted: str
    figures: tuple[HeadFigure, ...]
    chain: list[Line]
    evidence: list[Weighed]
    probability: str | None
    devices: list[OutDevice]
    streets: tuple[Street, ...]
    ruled_out: list[tuple[str, str]]
    unknown: str | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    version: int
    journal: list[Done]
    last_act: int
    root_key: str


class Panels:
    """Makes panels in one language, for one moment.

    Parameters
    ----------
    texts : Texts
        The catalogue.
    moments : Moments
        Writes hours in the territory's zone.
    returns : mapping of str to Announced, optional
        As for ``Cards``.
    """

    def __init__(
        self, texts: Texts, moments: Moments, returns: Mapping[str, Announced] | None = None
    ) -> None:
        self._texts = texts
        self._moments = moments
        self._figures = Figures(texts)
        self._cards = Cards(texts, moments, returns)

    def panel(
        self, incident: Incident, stored: StoredProof, acts: Sequence[IncidentAct] = ()
    ) -> Panel:
        """Return the panel of one incident."""
        proof = msgspec.json.decode(stored.document, type=Proof)
        chain = Chain(Speaker(self._moments))
        card = self._cards.card(incident)
        since = proof.claim.since or incident.opened_at
        return Panel(
            card=card,
            title=self._cards.title(incident, "headline"),
            since=self._moments.since(since),
            lasted=self._moments.duration(self._moments.now - since),
            figures=self._head(proof),
            chain=chain.lines(proof),
            evidence=self._evidence(proof),
            probability=self._probability(proof),
            devices=[self._device(device) for device in proof.devices],
            streets=proof.streets,
            ruled_out=[self._ruled_out(one) for one in proof.ruled_out],
            unknown=chain.unknown(proof, said_already=("return_time",) if card.back else ()),
            acknowledged_by=incident.acknowledged_by,
            acknowledged_at=incident.acknowledged_at,
            version=stored.version,
            journal=Journal(self._texts, self._moments).lines(acts),
            last_act=max((act.id for act in acts), default=0),
            root_key=incident.root_key,
        )

    def _head(self, proof: Proof) -> tuple[HeadFigure, ...]:
        return (self._lights(proof), self._metres(proof), self._residents(proof))

    def _lights(self, proof: Proof) -> HeadFigure:
        headline = proof.headline
        if headline.lights is None:
            return HeadFigure(None, self._texts.plural("operator.head.lights", 2), ())
        notes = [
            self._texts.plural(f"operator.head.{name}", count)
            for name, count in (
                ("confirmed", headline.lights_confirmed),
                ("inferred", headline.lights_inferred),
                ("silent", headline.sensors_silent),
            )
            if count
        ]
        unit = self._texts.plural("operator.head.lights", headline.lights)
        return HeadFigure(self._figures.number(headline.lights), unit, tuple(notes))

    def _metres(self, proof: Proof) -> HeadFigure:
        length = proof.headline.covered_m
        written = None if length is None else self._figures.quantity(round(length), "m", 0)
        streets = proof.headline.streets
        notes = () if not streets else (self._texts.plural("operator.head.streets", streets),)
        return HeadFigure(written, self._texts.plain("operator.head.metres"), notes)

    def _residents(self, proof: Proof) -> HeadFigure:
        headline = proof.headline
        notes = [
            self._texts.plural(f"operator.head.{name}", count)
            for name, count in (
                ("crossings", headline.crossings),
                ("schools", headline.schools),
                ("buildings", headline.buildings),
            )
            if count
        ]
        known = headline.residents is not None
        written = self._people(headline.residents) if headline.residents is not None else None
        unit = self._texts.plain("operator.head.residents" if known else "operator.head.people")
        return HeadFigure(written, unit, tuple(notes[:2]))

    def _people(self, residents: float) -> str:
        if residents < 100:
            return self._texts.plain("operator.head.few")
        return self._figures.number(round(residents, -1), 0)

    def _evidence(self, proof: Proof) -> list[Weighed]:
        heaviest = sorted(proof.evidence, key=lambda one: -abs(one.weight))[:MOST_EVIDENCE]
        return [self._weighed(one) for one in heaviest]

    def _weighed(self, one: Evidence) -> Weighed:
        against = one.direction == "against"
        share = min(abs(one.weight) / _BAR_UNITS, 1.0)
        zero, room = (18.0, 18.0) if against else (18.0, 82.0)
        width = max(share * room, 3.0)
        return Weighed(
            name=_sentence_case(self._named("evidence", one.name)),
            against=against,
            start=zero - width if against else zero,
            width=width,
            mark=MARKS.get(one.basis, "dotted"),
            source=self._moments.hour(one.at)
            if one.at is not None and one.basis == "observed"
            else self._texts.plain(f"basis.{one.basis if one.basis in MARKS else 'unknown'}"),
        )

    def _probability(self, proof: Proof) -> str | None:
        probability = proof.claim.probability
        return (
            None if probability is None else self._figures.percent(shown_probability(probability))
        )

    def _device(self, device: Device) -> OutDevice:
        depth = None if device.depth_m is None else self._figures.centimetres(device.depth_m)
        plinth = None if device.plinth_m is None else self._figures.centimetres(device.plinth_m)
        source = self._texts.plain(f"operator.plinth.{device.plinth_source or 'unknown'}")
        lights = (
            None if device.lights is None else self._texts.plural("count.lights", device.lights)
        )
        return OutDevice(
            code=device.code,
            kind=device.kind,
            mark=MARKS.get(device.basis, "dotted"),
            state=self._named("operator.latch", device.state),
            detail=self._texts.plain(
                "operator.device",
                place=device.place or None,
                depth=depth,
                plinth=plinth,
                source=source if plinth else None,
                lights=lights,
            ),
            inspectable=device.state == SupplyState.AWAITING_INSPECTION,
            wet=device.state == SupplyState.TRIPPED and bool(device.depth_m),
        )

    def _ruled_out(self, one: RuledOut) -> tuple[str, str]:
        at = None if one.at is None else self._moments.at(one.at)
        because = self._named("because", one.because)
        return (
            _sentence_case(self._named("ruled_out", one.cause)),
            self._texts.plain("operator.because", because=because, at=at),
        )

    def _named(self, family: str, code: str) -> str:
        """Return the words of a code; the code itself, readable, where no words were written."""
        key = f"{family}.{code}"
        return self._texts.plain(key) if key in self._texts else code.replace("_", " ")


def _sentence_case(words: str) -> str:
    return words[:1].upper() + words[1:]
