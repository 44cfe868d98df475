"""Incidents in the store: opened, renewed, closed; a new proof only when facts changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from twin.incidents.aftermath import StillSilent
from twin.incidents.causes import Cause
from twin.incidents.city import City
from twin.incidents.describe import OUTAGES, describe
from twin.incidents.observed import Observed
from twin.incidents.proof import Document, fingerprint, seal
from twin.incidents.times import NEVER, instant, micros
from twin.incidents.understanding import Understanding
from twin.model.states import SupplyState
from twin.store.city import Territory
from twin.store.incident_writer import IncidentChange, IncidentWriter, OpenIncident
from twin.supply.ranges import Flags, Longs

LAW = "twin.incidents"
"""Who the journals name when no person acted."""

RECOVERING = SupplyState.RECOVERING
OUT = (SupplyState.TRIPPED, SupplyState.AWAITING_INSPECTION)

_ENVELOPE = {"format", "incident", "version", "as_of", "territory"}


@dataclass(frozen=True, slots=True)
class Scene:
    """What one assessment looks at.

    Attributes
    ----------
    city, territory : City, Territory
        The city.
    observed, known : Observed, Understanding
        What was last said, and what it means.
    still : tuple of StillSilent
        Who is still silent after a cause has cleared.
    now : datetime
        The instant. [UTC]
    """

    city: City
    territory: Territory
    observed: Observed
    known: Understanding
    still: tuple[StillSilent, ...]
    now: datetime


@dataclass(slots=True)
class Cards:
    """Writes incidents, and remembers the facts of their last proofs.

    Attributes
    ----------
    written : int
        Incidents written in the last call.
    numbers : dict
        Number in the store of each cause that was understood then, by its root key.
    """

    written: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    _facts: dict[tuple[int, int], str] = field(default_factory=dict)
    _proofs: dict[tuple[int, int], Document] = field(default_factory=dict)

    def write(
        self,
        writer: IncidentWriter,
        scene: Scene,
        causes: Sequence[Cause],
        standing: Sequence[OpenIncident],
    ) -> None:
        """Bring the store's incidents to what is understood.

        Parameters
        ----------
        standing : sequence of OpenIncident
            Those that the store holds.
        """
        self.written = 0
        self.numbers = {}
        self._read_proofs(writer, standing)
        stored = {incident.root_key: incident for incident in standing}
        for cause in causes:
            body = describe(scene.city, scene.observed, scene.known, cause, still=scene.still)
            self._renew(writer, scene, cause, body, stored.pop(cause.root_key, None))
        for gone in stored.values():
            self._close(writer, scene, gone)

    def _read_proofs(self, writer: IncidentWriter, standing: Sequence[OpenIncident]) -> None:
        """Keep the newest proof of each incident; what was proven never changes."""
        kept, self._proofs = self._proofs, {}
        lacking = []
        for each in standing:
            key = each.id, each.proof_version
            if key in kept:
                self._proofs[key] = kept[key]
            elif each.proof_version:
                lacking.append(each)
        self._facts = {key: facts for key, facts in self._facts.items() if key in self._proofs}
        if lacking:
            found = writer.newest_proofs([each.id for each in lacking])
            for each in lacking:
                self._proofs[each.id, each.proof_version] = found.get(each.id, {})

    def _proof(self, stored: OpenIncident) -> Document:
        return self._proofs.get((stored.id, stored.proof_version), {})

    def _renew(
        self,
        writer: IncidentWriter,
        scene: Scene,
        cause: Cause,
        body: Document,
        stored: OpenIncident | None,
    ) -> None:
        opened_at, changed_at = _moment(cause.opened_at, scene), _moment(cause.changed_at, scene)
        if stored is None:
            number, code = writer.open(cause.kind, cause.root_key, opened_at, body["headline"])
            stored = OpenIncident(number, code, cause.kind, cause.root_key, "open", 0)
        self.numbers[cause.root_key] = stored.id
        body = _steady(body, stored, self._proof(stored))
        facts = fingerprint(body)
        if facts == self._known_facts(stored) and cause.status == stored.status:
            return
        self.written += 1
        if _fell_back(self._proof(stored), body):
            writer.ring(stored, changed_at, LAW)
        self._put(
            writer,
            scene,
            stored,
            body,
            facts,
            status=cause.status,
            changed_at=changed_at,
            assets=_assets(scene.city, cause),
        )

    def _put(
        self,
        writer: IncidentWriter,
        scene: Scene,
        stored: OpenIncident,
        body: Document,
        facts: str,
        *,
        status: str,
        changed_at: datetime,
        closed_at: datetime | None = None,
        assets: Sequence[tuple[int, str]] | None = None,
    ) -> None:
        """Write an incident with the next version of its proof."""
        version = stored.proof_version + 1
        territory = scene.territory
        sealed = seal(
            body,
            incident=stored.code,
            version=version,
            as_of=micros(scene.now),
            territory={
                "slug": territory.slug,
                "name": territory.name,
                "simulated": territory.simulated,
            },
        )
        self._facts[stored.id, version] = facts
        self._proofs[stored.id, version] = sealed.document
        writer.change(
            stored.id,
            IncidentChange(
                status=status,
                headline=body["headline"],
                changed_at=changed_at,
                closed_at=closed_at,
                version=version,
                made_at=scene.now,
                assets=assets,
                proof=(sealed.sha256, sealed.text),
            ),
        )

    def _known_facts(self, stored: OpenIncident) -> str:
        key = stored.id, stored.proof_version
        if key not in self._facts and self._proof(stored):
            self._facts[key] = fingerprint(_body(self._proof(stored)))
        return self._facts.get(key, "")

    def _close(self, writer: IncidentWriter, scene: Scene, gone: OpenIncident) -> None:
        """Close an incident whose cause is no more, and say in its proof how it ended."""
        self.written += 1
        last = self._proof(gone)
        at, outcome = _ending(scene, gone, last, writer.root_assets(gone.id))
        body = _body(last)
        claim = {**body.get("claim", {}), "verdict": "over", "outcome": outcome}
        body = {**body, "claim": claim}
        self._put(
            writer,
            scene,
            gone,
            body,
            fingerprint(body),
            status="closed",
            changed_at=at,
            closed_at=at,
        )


def _body(document: Document) -> Document:
    return {key: value for key, value in document.items() if key not in _ENVELOPE}


def _fell_back(before: Document, body: Document) -> bool:
    """Whether a device that was coming back is out again: its fresh deadline has passed."""
    coming = {
        device["code"] for device in before.get("devices", ()) if device["state"] == RECOVERING
    }
    out = {device["code"] for device in body["devices"] if device["state"] in OUT}
    return bool(coming & out)


def _steady(body: Document, stored: OpenIncident, last: Document) -> Document:
    """Keep the beginning of a claim whose last reading is only its newest confirmation."""
    before = last.get("claim", {})
    if stored.kind in OUTAGES or before.get("verdict") != body["claim"]["verdict"]:
        return body
    return {**body, "claim": {**body["claim"], "since": before["since"]}}


def _moment(micro: int, scene: Scene) -> datetime:
    return instant(micro) or scene.now


def _assets(city: City, cause: Cause) -> list[tuple[int, str]]:
    """List what an incident touches, by role."""
    supply, radio = city.supply, city.surroundings.radio
    touched: list[tuple[Iterable[Any], str]] = [
        (supply.device_id[cause.devices], "device"),
        (supply.light_id[cause.lights], "light"),
        (cause.buildings, "building"),
        (radio.gateway_id[cause.gateways], "gateway"),
        (radio.sensor_id[cause.sensors], "silent"),
    ]
    root: np.ndarray[Any, Any] = np.empty(0, np.int64)
    match cause.kind:
        case "lamp_failure":
            root = supply.light_id[[cause.number]]
        case "gateway_silent":
            root = radio.gateway_id[[cause.number]]
        case "cabinet_out" | "feeder_out" | "low_voltage":
            root = supply.device_id[[cause.number]]
    touched.append((root, "root"))
    return [(int(asset), role) for assets, role in touched for asset in assets]


def _ending(
    scene: Scene, gone: OpenIncident, last: Document, assets: list[int]
) -> tuple[datetime, str]:
    """Tell when an incident ended, by the event that ended it, and how."""
    city, known, observed = scene.city, scene.known, scene.observed
    ids = np.array(assets, np.int64)
    place, rank = city.supply.place_of(ids), city.supply.rank_of(ids)
    place, rank = place[place >= 0], rank[rank >= 0]
    at, outcome = NEVER, "cleared"
    match gone.kind:
        case _ if _withdrawn(scene, gone.root_key):
            outcome = "withdrawn"
        case kind if kind in OUTAGES and len(place):
            at = int(known.latch.since[place].max())
            still_out = bool(known.latch.out[place].any())
            outcome = "merged" if still_out else "restored"
            at = at if not still_out else NEVER
        case "lamp_failure" if len(rank):
            at, outcome = int(observed.lights.reported_at[rank].max()), "lit"
        case "still_silent":
            row = np.isin(city.surroundings.radio.sensor_id, ids)
            at, outcome = _heard(observed.radio.seen_at[row], known.radio.deaf[row])
        case "gateway_silent" | "gateways_silent":
            row = np.isin(city.surroundings.radio.gateway_id, ids)
            at, outcome = _heard(observed.radio.online_at[row], known.radio.down[row])
        case "low_voltage" if len(place):
            at, outcome = int(observed.devices.voltage_at[place].max()), "voltage_back"
        case "works":
            outcome = "works_over"
    opened = last.get("claim", {}).get("since")
    least = datetime.fromisoformat(opened) if opened else datetime(1970, 1, 1, tzinfo=UTC)
    ended = instant(at)
    return (ended if ended is not None and ended >= least else scene.now), outcome


def _withdrawn(scene: Scene, root_key: str) -> bool:
    """Whether its cause was recorded by mistake: its end teaches nothing."""
    return any(
        each.root_key == root_key and each.withdrawn_at > NEVER for each in scene.known.declared
    )


def _heard(at: Longs, still: Flags) -> tuple[int, str]:
    """Tell when the last of some was heard again; where one still is not, another card has it."""
    return (NEVER, "merged") if still.any() else (int(at.max(initial=NEVER)), "heard")
