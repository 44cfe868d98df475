"""When the light is expected back: a range from what the same kind of failure took before.

The durations of past incidents of one kind, from the moment they came to the state that this one is
in (nobody yet, somebody in charge, current back and watched), are taken as draws of one law. Of
those that lasted longer than this one has already, the ``i``-th and the ``j``-th shortest bound a
new one with probability ``(j - i) / (n + 1)``, whatever that law is (order statistics; S. S. Wilks,
*Ann. Math. Stat.* 12, 1941). Too few of them, and no range is given: nothing would support it.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from twin.incidents.times import SECOND
from twin.supply.ranges import Flags, Longs

NOMINAL = 0.8
"""Share of ranges that are meant to hold."""

FINE, COARSE = 15 * 60 * SECOND, 3600 * SECOND
"""Ranges end on a quarter of an hour, those of more than ``COARSE_FROM`` on an hour. [µs]"""

_DUST = 1e-9  # a tenth of ten is one, whatever binary fractions say

COARSE_FROM = 6 * 3600 * SECOND


class CrewState(StrEnum):
    """Where the repair of an incident stands."""

    WAITING = "waiting"
    """Nobody has it in charge yet."""
    TAKEN = "taken"
    """A person or a crew has."""
    RETURNING = "returning"
    """Inspected, or seen to come back: its lights are watched."""
    ANNOUNCED = "announced"
    """Whoever cut it off said when it ends."""
    BLOCKED = "blocked"
    """It waits for something that no past duration tells of: water that still stands."""


@dataclass(frozen=True, slots=True)
class ReturnRange:
    """When an incident is expected to end.

    Attributes
    ----------
    earliest, latest : int
        Rounded outwards. [µs]
    coverage : float
        Probability that the end lies between, before rounding.
    based_on : int
        Past durations it rests on.
    """

    earliest: int
    latest: int
    coverage: float
    based_on: int


def return_range(
    durations: Longs, began: int, now: int, nominal: float = NOMINAL
) -> ReturnRange | None:
    """Give the range in which an incident is expected to end.

    Parameters
    ----------
    durations : int64 array (k)
        What past incidents of its kind took from the same state to their end. [µs]
    began : int
        When it came to that state. [µs]
    now : int
        The instant. [µs]
    nominal : float
        Least probability that the range holds, between 0 and 1.

    Returns
    -------
    ReturnRange or None
        None where too few past durations are longer than what has passed already.
    """
    longer = np.sort(durations[durations > now - began])
    n = len(longer)
    low, high = _ranks(n, nominal)
    if low < 1 or high > n:
        return None
    earliest, latest = began + int(longer[low - 1]), began + int(longer[high - 1])
    return ReturnRange(
        earliest=max(now, _down(earliest, now)),
        latest=_up(latest, now),
        coverage=(high - low) / (n + 1),
        based_on=n,
    )


def least_needed(nominal: float = NOMINAL) -> int:
    """Return how many past durations the narrowest range needs."""
    n = 1
    while (ranks := _ranks(n, nominal))[0] < 1 or ranks[1] > n:
        n += 1
    return n


def _ranks(n: int, nominal: float) -> tuple[int, int]:
    """Ranks of the durations that bound a range, from 1; out of reach where there are too few."""
    low = np.floor((1 - nominal) / 2 * (n + 1) + _DUST)
    return int(low), int(np.ceil((1 + nominal) / 2 * (n + 1) - _DUST))


def _grain(at: int, now: int) -> int:
    return COARSE if at - now > COARSE_FROM else FINE


def _down(at: int, now: int) -> int:
    return at - at % _grain(at, now)


def _up(at: int, now: int) -> int:
    return at + -at % _grain(at, now)


@dataclass(frozen=True, slots=True)
class Record:
    """What became of past estimates.

    Attributes
    ----------
    kept, early, late : int
        Ends inside the range announced, before it, after it.
    """

    kept: int
    early: int
    late: int

    @property
    def total(self) -> int:
        """Estimates whose end is known."""
        return self.kept + self.early + self.late


def record(earliest: Longs, latest: Longs, ended: Longs) -> Record:
    """Count what became of estimates whose incidents have ended.

    Parameters
    ----------
    earliest, latest, ended : int64 arrays (k)
        Bounds of each range, and when its incident ended. [µs]
    """
    early: Flags = ended < earliest
    late: Flags = ended > latest
    return Record(kept=int((~early & ~late).sum()), early=int(early.sum()), late=int(late.sum()))


@dataclass(frozen=True, slots=True)
class Calibration:
    """How past durations would have fared, each bounded by all the others.

    Attributes
    ----------
    record : Record
        Of those durations.
    meant : float
        Probability that such a range holds, whatever the law of durations is.
    earliest, latest : int
        The range that all of them together give a new outage, from its beginning. [µs]
    """

    record: Record
    meant: float
    earliest: int
    latest: int


def leave_one_out(durations: Longs, nominal: float = NOMINAL) -> Calibration | None:
    """Test ranges on the past: each duration against the range that the others give.

    Parameters
    ----------
    durations : int64 array (k)
        What past outages of one kind took from one state of the repair to their end. [µs]
    nominal : float
        Least probability that a range holds.

    Returns
    -------
    Calibration or None
        None where the others are too few to give any range.
    """
    took = np.sort(durations)
    others = len(took) - 1
    low, high = _ranks(others, nominal)
    if low < 1 or high > others:
        return None
    place = np.arange(len(took))
    # the r-th shortest of the others is the r-th of all, or the next where one shorter is left out
    earliest, latest = (took[np.where(rank - 1 < place, rank - 1, rank)] for rank in (low, high))
    of_all_low, of_all_high = _ranks(len(took), nominal)
    return Calibration(
        record=record(earliest, latest, took),
        meant=(high - low) / (others + 1),
        earliest=int(took[of_all_low - 1]),
        latest=int(took[of_all_high - 1]),
    )
