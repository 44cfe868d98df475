"""Silence of devices: explained instead of raised.

A device is judged only while its path can speak: if its supply is dark, or every gateway that
hears it is down, its silence says nothing of itself. When that cause clears it gets a fresh
deadline, and only then is its silence its own.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from twin.incidents.light_states import MISSES
from twin.incidents.rules import decide, known_or
from twin.incidents.times import NEVER, SECOND
from twin.supply.ranges import Flags, Floats, Longs

Codes = npt.NDArray[np.uint8]

TARDY = 0.2
"""Share of its interval by which a message may come late without being missed."""

CERTAINLY_DUE = 15.0
"""Messages due and all missing that tell a gap of ours: by chance, e to the minus fifteen."""

CONCLUSIVE = 0.9
"""From this probability on, a gateway is taken to be down."""


class Hearing(IntEnum):
    """Whether a device is heard, and if not, whether that is its own doing."""

    REPORTING = 0
    LATE = 1
    """Its interval has passed; not yet significant."""
    SILENT_EXPLAINED = 2
    """Its supply is dark, all gateways that hear it are down, or it is off by design."""
    SILENT_UNEXPLAINED = 3
    RECOVERING = 4
    """The cause of its silence has cleared; it has until a fresh deadline."""


class Reason(IntEnum):
    """What a state of hearing rests on."""

    HEARD = 0
    """A message came within its interval."""
    INTERVAL_PASSED = 1
    """The next message is overdue; one may be lost on the air."""
    OUR_DOOR = 2
    """We could not hear it: our own door was closed, or it was only just registered."""
    SUPPLY = 3
    """What feeds it carries no supply."""
    GATEWAYS = 4
    """Every gateway that hears it is down."""
    SCHEDULE = 5
    """Its feeder is fed by night only, or that of its gateways is."""
    CAUSE_CLEARED = 6
    """What silenced it is over."""
    NO_CAUSE = 7
    """Its deadline has passed and nothing explains it."""


_STATE_OF = {
    Reason.HEARD: Hearing.REPORTING,
    Reason.INTERVAL_PASSED: Hearing.LATE,
    Reason.OUR_DOOR: Hearing.LATE,
    Reason.SUPPLY: Hearing.SILENT_EXPLAINED,
    Reason.GATEWAYS: Hearing.SILENT_EXPLAINED,
    Reason.SCHEDULE: Hearing.SILENT_EXPLAINED,
    Reason.CAUSE_CLEARED: Hearing.RECOVERING,
    Reason.NO_CAUSE: Hearing.SILENT_UNEXPLAINED,
}
_STATES = np.array([_STATE_OF[reason] for reason in Reason], np.uint8)


@dataclass(frozen=True, slots=True)
class Excuses:
    """What keeps devices from being heard; arrays of one length (n).

    Attributes
    ----------
    reason : uint8
        ``SUPPLY``, ``GATEWAYS`` or ``SCHEDULE``; ``HEARD`` where nothing does.
    since : int64
        Since when; not read where nothing does. [µs]
    """

    reason: Codes
    since: Longs

    @classmethod
    def none(cls, devices: int) -> "Excuses":
        """Return the excuses of devices that nothing keeps from being heard."""
        return cls(np.zeros(devices, np.uint8), np.full(devices, NEVER, np.int64))


@dataclass(frozen=True, slots=True)
class Heard:
    """How each device is heard; arrays of one length (n).

    Attributes
    ----------
    reason : uint8
        ``Reason``.
    since : int64
        Since when; of one that reports, its last message. [µs]
    deadline : int64
        Until when it may stay so without a message, or that passed; ``NEVER`` where none counts:
        while its cause holds, and where nothing is expected. [µs]
    """

    reason: Codes
    since: Longs
    deadline: Longs

    def of(self, which: Longs) -> "Heard":
        """Return how some of them are heard, by their number."""
        return Heard(self.reason[which], self.since[which], self.deadline[which])

    @property
    def state(self) -> Codes:
        """``Hearing`` of each."""
        states: Codes = _STATES[self.reason]
        return states


def hearing(
    seen_at: Longs,
    interval_s: Floats,
    excuses: Excuses,
    cleared_at: Longs,
    now: int,
    *,
    audible_since: Longs | int = NEVER,
) -> Heard:
    """Tell how each device is heard, and why.

    Parameters
    ----------
    seen_at : int64 array (n)
        Its last message; ``NEVER`` without. [µs]
    interval_s : float array (n)
        Expected time between two; NaN not known: such a device is never late. [s]
    excuses : Excuses
        Known causes that keep devices from being heard.
    cleared_at : int64 array (n)
        When the last such cause cleared; ``NEVER`` if none ever did. [µs]
    now : int
        The instant. [µs]
    audible_since : int64 array (n) or int, optional
        Since when it could be heard at all: registered, and our own door open. What was never
        heard before is late, not silent, until its deadline from there has passed. [µs]
    """
    expected = interval_s > 0
    interval = (known_or(interval_s, 0.0) * SECOND).astype(np.int64)
    due = seen_at + (interval * (1 + TARDY)).astype(np.int64)
    audible = np.broadcast_to(np.asarray(audible_since, np.int64), seen_at.shape)
    late = np.flatnonzero(expected & (now > due))  # few: whoever reports is not judged
    theirs = _Late(*(each[late] for each in (seen_at, interval, due, audible, cleared_at)))
    judged = _judged(theirs, Excuses(excuses.reason[late], excuses.since[late]), now)
    heard = Heard(
        reason=np.full(len(seen_at), Reason.HEARD, np.uint8),
        since=seen_at.copy(),
        deadline=np.where(expected, due, NEVER),
    )
    heard.reason[late], heard.since[late], heard.deadline[late] = judged
    return heard


class _Late(NamedTuple):
    """Those whose message is overdue; as ``hearing`` has them. [µs]"""

    seen_at: Longs
    interval: Longs
    due: Longs
    audible: Longs
    cleared_at: Longs


def _judged(late: _Late, excuses: Excuses, now: int) -> tuple[Codes, Longs, Longs]:
    """Say why each is overdue, since when, until when it may be."""
    seen_at, interval, due, audible, cleared_at = late
    last = np.maximum(seen_at, audible) + MISSES * interval
    fresh = cleared_at + MISSES * interval
    silenced = cleared_at > seen_at
    none = np.full(len(seen_at), NEVER, np.int64)
    rules: list[tuple[Flags, Codes | Reason, Longs, Longs]] = [
        (excuses.reason > 0, excuses.reason, np.maximum(excuses.since, seen_at), none),
        ((now <= fresh) & silenced, Reason.CAUSE_CLEARED, np.minimum(cleared_at, now), fresh),
        ((now <= last) & (audible > due), Reason.OUR_DOOR, audible, last),
        (now <= last, Reason.INTERVAL_PASSED, due, last),
    ]
    which, reasons, since, until = zip(*rules, strict=True)
    passed = np.maximum(last, np.where(silenced, fresh, NEVER))
    overdue = np.where(passed > NEVER // 2, passed, NEVER)
    unexplained = np.full(len(seen_at), Reason.NO_CAUSE, np.uint8)
    return (
        decide(which, reasons, unexplained),
        decide(which, since, overdue),
        decide(which, until, overdue),
    )


def audible_since(known_since: Longs, listening_since: int, now: int) -> Longs:
    """Tell since when each device could be heard at all. [µs]

    Parameters
    ----------
    known_since : int64 array (n)
        Since when it is registered; ``NEVER`` where not known. What the register learnt after
        ``now``, as in a replayed night, is set aside. [µs]
    listening_since : int
        Since when our own door is open without a gap. [µs]
    """
    registered = np.where(known_since <= now, known_since, NEVER)
    return np.maximum(registered, listening_since)


def listening_since(minutes: Longs, per_minute: float, now: int, *, since: int = NEVER) -> int:
    """Tell since when our own door has been open without a gap.

    All devices do not fall silent at once: a span in which some fifteen messages or more were due
    and none came is a gap of ours. Silence counts only after it.

    Parameters
    ----------
    minutes : int64 array
        Minutes in which anything was received, ascending. [µs]
    per_minute : float
        Messages that all devices together promised a minute.
    now : int
        The instant. [µs]
    since : int, optional
        From when on the minutes are given; a city that was never heard before them is a gap too,
        and one that was never heard at all has its door closed still. [µs]

    Returns
    -------
    int
        ``now`` while the door is closed; ``NEVER`` where no gap is known. [µs]
    """
    if since > NEVER:
        minutes = np.concatenate([[since], minutes])
    if not len(minutes):
        return NEVER
    spans = np.diff(np.append(minutes, now)) / (60 * SECOND) - 1
    gaps = np.flatnonzero((spans >= 1) & (spans * per_minute > CERTAINLY_DUE))
    if not len(gaps):
        return NEVER
    last = int(gaps[-1])
    return now if last == len(minutes) - 1 else int(minutes[last + 1])
