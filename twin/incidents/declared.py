"""What people say puts devices out: a distributor's cut, a burnt cabinet, works.

A cut and works hold from their beginning to their end: the end that was recorded, else the one
that was announced. What is burnt holds until somebody records that it was replaced. Where several
hold at one device the gravest counts: burnt, then cut, then works. One that was withdrawn, because
it was recorded by mistake, never held.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.incidents.latch import BURNT, DSO_CUT, PLANNED, Codes
from twin.incidents.light_states import DURING_WORKS
from twin.incidents.put_out import ANNOUNCED, SEEN
from twin.incidents.times import NEVER
from twin.model.states import CauseKind
from twin.supply.ranges import Flags, Floats, Ints, Longs

REASON_OF = {
    CauseKind.DISTRIBUTOR_CUT: DSO_CUT,
    CauseKind.BURNT_CABINET: BURNT,
    CauseKind.WORKS_ORDER: PLANNED,
}
BELIEVED_OF = {
    CauseKind.DISTRIBUTOR_CUT: ANNOUNCED,
    CauseKind.BURNT_CABINET: SEEN,
    CauseKind.WORKS_ORDER: DURING_WORKS,
}
INCIDENT_OF = {
    CauseKind.DISTRIBUTOR_CUT: "distributor_cut",
    CauseKind.BURNT_CABINET: "burnt_cabinet",
    CauseKind.WORKS_ORDER: "works",
}
"""Kind of the incident that each makes; with the code of the cause, its root key."""

_GRAVITY = (CauseKind.WORKS_ORDER, CauseKind.DISTRIBUTOR_CUT, CauseKind.BURNT_CABINET)


@dataclass(frozen=True, slots=True)
class Declared:
    """One cause that a person recorded.

    Attributes
    ----------
    code : str
        E.g. ``C-2026-0012``.
    title, reference : str
        In a few words, and as whoever decides it calls it; either may be empty.
    starts_at, until, ended_at : int
        When it begins; its announced end; its recorded end. ``NEVER`` where not told. [µs]
    withdrawn_at : int
        When it was withdrawn; ``NEVER``. [µs]
    until_before : int
        The end that was announced before it was last moved; ``NEVER``: never moved. [µs]
    devices : int64 array
        Places of the supply devices it puts out.
    lights : int64 array
        Ranks of the lights it explains by design (works alone), those below its devices included.
    """

    code: str
    kind: CauseKind
    title: str
    reference: str
    starts_at: int
    until: int
    ended_at: int
    withdrawn_at: int
    devices: Longs
    lights: Longs
    until_before: int = NEVER

    @property
    def root_key(self) -> str:
        """What makes two looks at it the same incident."""
        return f"{INCIDENT_OF[self.kind]}:{self.code}"

    def over_at(self, now: int) -> int:
        """Return when it ended, by record or by its announced end; ``NEVER`` before. [µs]"""
        if self.withdrawn_at > NEVER:
            return self.withdrawn_at
        if self.ended_at > NEVER:
            return self.ended_at if self.ended_at <= now else NEVER
        lasts = self.kind is CauseKind.BURNT_CABINET or self.until == NEVER
        return NEVER if lasts or self.until > now else self.until

    def holds(self, now: int) -> bool:
        """Whether it puts things out at an instant. [µs]"""
        return self.starts_at <= now and self.over_at(now) == NEVER


@dataclass(frozen=True, slots=True)
class DeclaredOut:
    """What recorded causes say of each device; arrays of one length (n), by place.

    Attributes
    ----------
    cause : int32
        Which of the causes; -1 none.
    since : int64
        Since when it puts the device out; ``NEVER`` where none holds. [µs]
    over_at : int64
        When it ended; ``NEVER`` while it holds. [µs]
    reason : int8
        Number in ``latch.REASONS``.
    probability : float64
        How far it is believed.
    withdrawn : bool
        Whether it had been recorded by mistake.
    """

    cause: Ints
    since: Longs
    over_at: Longs
    reason: Codes
    probability: Floats
    withdrawn: Flags


def declared_out(causes: Sequence[Declared], devices: int, now: int) -> DeclaredOut:
    """Lay recorded causes over the devices.

    Parameters
    ----------
    causes : sequence of Declared
        Those that hold, and those over with devices that are not back yet.
    devices : int
        How many there are.
    now : int
        The instant; a cause that begins later says nothing yet. [µs]
    """
    out = DeclaredOut(
        cause=np.full(devices, -1, np.int32),
        since=np.full(devices, NEVER, np.int64),
        over_at=np.full(devices, NEVER, np.int64),
        reason=np.zeros(devices, np.int8),
        probability=np.zeros(devices),
        withdrawn=np.zeros(devices, np.bool_),
    )
    for number in sorted(range(len(causes)), key=lambda k: _weight(causes[k], now)):
        cause = causes[number]
        if cause.starts_at > now:
            continue
        over = cause.over_at(now)
        at = cause.devices
        out.cause[at], out.reason[at] = number, REASON_OF[cause.kind]
        out.since[at] = cause.starts_at if over == NEVER else NEVER
        out.over_at[at] = over
        out.probability[at] = BELIEVED_OF[cause.kind]
        out.withdrawn[at] = cause.withdrawn_at > NEVER
    return out


def _weight(cause: Declared, now: int) -> tuple[bool, int, int, str]:
    """Order of a cause where several meet at a device: the last one counts."""
    holds = cause.holds(now)
    at = cause.starts_at if holds else cause.over_at(now)
    return holds, _GRAVITY.index(cause.kind) if holds else 0, at, cause.code


def works_since(causes: Sequence[Declared], lights: int, now: int) -> Longs:
    """Tell since when each light is being worked on.

    Returns
    -------
    int64 array (m)
        By rank; the earliest of several works, ``NEVER`` without. [µs]
    """
    since = np.full(lights, NEVER, np.int64)
    for cause in causes:
        if cause.kind is CauseKind.WORKS_ORDER and cause.holds(now):
            before = since[cause.lights]
            since[cause.lights] = np.where(
                before > NEVER, np.minimum(before, cause.starts_at), cause.starts_at
            )
    return since
