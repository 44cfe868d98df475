"""What the page of a street knows, read from the stores at one moment."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from control_center.pages.strip import Mark, bands, state_name
from control_center.sentences.chain import Chain, Line
from control_center.sentences.document import Device, Proof, read_proof
from control_center.sentences.document import Street as TouchedStreet
from control_center.sentences.returning import (
    Window,
    expected_return,
    former_windows,
    promise_of,
    window_of,
)
from control_center.sentences.situation import basis_in, situation
from control_center.sentences.speaker import Moment, Speaker, Spoken
from control_center.sentences.street import LightCounts, calm
from control_center.texts import moments_of
from twin.errors import NotFound
from twin.lighting.sun import crossings
from twin.store.city import Territory
from twin.store.database import Database
from twin.store.incidents import Incident, IncidentReader
from twin.store.returns import ReturnReader
from twin.store.streets import Street, StreetReader

EVERY = timedelta(minutes=15)
"""The page promises its next word at the next quarter of an hour."""

STALE = timedelta(minutes=15)
"""Age of the last message beyond which the page says that it stands still."""

_WORST_FIRST = {"dark": 0, "partly_dark": 1, "reduced": 2}
_KIND_LAST = {
    "gateway_silent": 2,
    "gateways_silent": 2,
    "still_silent": 2,
    "low_voltage": 1,
    "works": 1,
}


_LAST_STAGE = {"lamp_failure": "repaired", "distributor_cut": "power_back"}


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of what is being done."""

    name: str
    at: datetime | None
    done: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One incident as the street sees it."""

    incident: Incident
    proof: Proof
    touched: TouchedStreet | None
    device: Device | None
    basis: str
    since: datetime | None
    spoken: Spoken
    back: Spoken
    back_detail: str
    back_before: list[str]
    back_window: Window | None
    why: list[Line]
    unknown: str | None
    stages: list[Stage]


@dataclass(frozen=True, slots=True)
class StreetView:
    """The page of a street.

    Attributes
    ----------
    counts : LightCounts
        Its lights by state.
    bands : list of list of Mark
        The drawing.
    told : list of Told
        Incidents that touch it, the worst first.
    spoken : Spoken
        The first sentence: of the worst incident, else of the calm street.
    as_of, next_update : datetime
        When this was true; when the next word comes. [UTC]
    switch_on : datetime | None
        By day, when the lights are due. [UTC]
    stale_since : datetime | None
        When the last message came, if that is too long ago. [UTC]
    """

    street: Street
    counts: LightCounts
    bands: list[list[Mark]]
    told: list[Told]
    spoken: Spoken
    as_of: datetime
    next_update: datetime
    switch_on: datetime | None
    stale_since: datetime | None


def street_view(
    database: Database, territory: Territory, now: datetime, language: str, slug: str
) -> StreetView:
    """Read the page of a street.

    Raises
    ------
    NotFound
        No street has that name in addresses.
    """
    look = StreetReader(database).look(slug)
    street, lights, news = look.street, look.lights, look.last_news
    counts = LightCounts.of(Counter(state_name(code) for code in lights["state"]))
    moment = Moment(next_quarter(now), switch_on_after(now, territory), telephone(territory))
    speaker = Speaker(moments_of(language, territory, now))
    told = _Teller(IncidentReader(database), ReturnReader(database), speaker, moment, street).told()
    as_of = _as_of(now, news, lights, told)
    silent = lights.filter(lights["state"] == 4)["since"].min()
    spoken = (
        told[0].spoken
        if told
        else calm(
            speaker,
            counts,
            moment,
            as_of,
            silent_since=silent if isinstance(silent, datetime) else None,
        )
    )
    return StreetView(
        street=street,
        counts=counts,
        bands=bands(lights, look.lines),
        told=told,
        spoken=spoken,
        as_of=as_of,
        next_update=moment.next_update,
        switch_on=moment.switch_on,
        stale_since=news if news is not None and now - news > STALE else None,
    )


def _as_of(
    now: datetime, news: datetime | None, lights: pl.DataFrame, told: list[Told]
) -> datetime:
    """Return when this was last known to be so: the newest message, state or proof."""
    changed = lights["since"].max()
    known = [
        news,
        changed if isinstance(changed, datetime) else None,
        *(one.proof.as_of for one in told),
    ]
    return min(now, max((at for at in known if at is not None), default=now))


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells the incidents of one street, in one language at one moment."""

    reader: IncidentReader
    returns: ReturnReader
    speaker: Speaker
    moment: Moment
    street: Street

    def told(self) -> list[Told]:
        """Return the open incidents that touch the street, the worst first."""
        found = []
        for incident in self.reader.incidents_of_street(self.street.id):
            try:
                proof = read_proof(self.reader.proof(incident.code))
            except NotFound:  # opened this instant: its proof follows
                continue
            found.append(self._tell(incident, proof))
        return sorted(found, key=_urgency)

    def _tell(self, incident: Incident, proof: Proof) -> Told:
        slug, chain = self.street.slug, Chain(self.speaker)
        device = situation(proof, slug).device
        return Told(
            incident=incident,
            proof=proof,
            touched=proof.street(slug),
            device=device,
            basis=basis_in(proof, proof.street(slug), device),
            since=(device.since if device else None) or proof.claim.since,
            spoken=self.speaker.incident(proof, self.moment, slug),
            **self._back(incident, proof),
            why=chain.lines(proof, device) if proof.nameable else [],
            unknown=chain.unknown(proof, said_already=("return_time",)),
            stages=self._stages(incident, device),
        )

    def _back(self, incident: Incident, proof: Proof) -> dict[str, Any]:
        """Say when the light is expected, or that it is not known and what it waits for."""
        promise = promise_of(self.returns, incident)
        slug = self.street.slug
        if promise is not None:
            spoken = expected_return(self.speaker, promise, self.moment)
            if spoken is not None:
                before = former_windows(self.speaker, promise)
                return {
                    "back": spoken,
                    "back_detail": spoken.long,
                    "back_before": before,
                    "back_window": window_of(self.speaker, promise),
                }
        return {
            "back": self.speaker.blocked_return(proof, self.moment, slug),
            "back_detail": self.speaker.blocker(proof, slug),
            "back_before": [],
            "back_window": None,
        }

    def _stages(self, incident: Incident, device: Device | None) -> list[Stage]:
        """Return what was done, dated, and what is still to do."""
        versions = self.reader.proof_versions(incident.code)
        explained = versions["made_at"].min() if versions.height else None
        inspected = device is not None and device.state == "recovering"
        last = _LAST_STAGE.get(incident.kind, "checked")
        return [
            Stage("detected", incident.opened_at, done=True),
            Stage("explained", explained if isinstance(explained, datetime) else None, done=True),
            Stage("taken", incident.acknowledged_at, done=incident.acknowledged_at is not None),
            Stage(
                last,
                device.since if device and inspected else None,
                done=inspected,
            ),
        ]


def _urgency(told: Told) -> tuple[int, int, float, float, str]:
    """Order of the incidents of a street: the one that darkens most of it speaks first."""
    extent = _WORST_FIRST.get(told.touched.verdict, 3) if told.touched else 3
    covered = told.touched.covered_m or 0.0 if told.touched else 0.0
    opened_at = told.incident.opened_at.timestamp()
    return _KIND_LAST.get(told.incident.kind, 0), extent, -covered, opened_at, told.incident.code


def next_quarter(now: datetime) -> datetime:
    """Return the next quarter of an hour, at least five minutes away. [UTC]"""
    whole = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0) + EVERY
    return whole if whole - now >= timedelta(minutes=5) else whole + EVERY


@lru_cache(maxsize=8)
def _daylight(day: date, latitude: float, longitude: float) -> tuple[np.datetime64, np.datetime64]:
    """Return when lights go off and on again around a day; NaT where the sun does not cross."""
    nights = crossings([day - timedelta(days=1), day], latitude, longitude)
    return np.ravel(nights.dawn)[0], np.ravel(nights.dusk)[1]


def switch_on_after(now: datetime, territory: Territory) -> datetime | None:
    """Return when the lights are due, by day; None at night, and where the sun does not set."""
    today = now.astimezone(ZoneInfo(territory.timezone)).date()
    dawn, dusk = _daylight(today, territory.latitude, territory.longitude)
    if np.isnat(dawn) or np.isnat(dusk):
        return None
    here = np.datetime64(now.replace(tzinfo=None), "us")
    if not dawn <= here < dusk:
        return None
    minute: datetime = dusk.astype("datetime64[us]").item()
    return minute.replace(tzinfo=now.tzinfo)


def telephone(territory: Territory) -> str | None:
    """Return the number that takes reports, None where the territory gives none."""
    return territory.contact.get("phone") or None
