"""How often a data set is brought anew, and when it has grown stale."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

LATE: Final = 1.5
"""A data set is stale when it is older than this many of its periods."""

LEAST_IMPORTS: Final = 3
"""Imports from which a rhythm can be read."""

_AUTHORITY = "http://publications.europa.eu/resource/authority/frequency/"


class Frequency(StrEnum):
    """How often, in the EU's vocabulary; the value is the name in a mapping file."""

    CONTINUOUS = "continuous"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    BIANNUAL = "biannual"
    ANNUAL = "annual"
    NEVER = "never"
    UNKNOWN = "unknown"

    @property
    def uri(self) -> str:
        """Its address in the EU's vocabulary."""
        return _AUTHORITY + _CODES.get(self, self.name)

    @property
    def period(self) -> timedelta | None:
        """Time between two updates; None where there is none."""
        return _PERIODS.get(self)


_CODES = {Frequency.CONTINUOUS: "CONT", Frequency.BIANNUAL: "ANNUAL_2"}
_PERIODS = {
    Frequency.CONTINUOUS: timedelta(minutes=30),
    Frequency.HOURLY: timedelta(hours=1),
    Frequency.DAILY: timedelta(days=1),
    Frequency.WEEKLY: timedelta(days=7),
    Frequency.MONTHLY: timedelta(days=31),
    Frequency.QUARTERLY: timedelta(days=92),
    Frequency.BIANNUAL: timedelta(days=183),
    Frequency.ANNUAL: timedelta(days=366),
}


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old a data set is, held against how often it should come.

    Attributes
    ----------
    frequency : Frequency
        How often it comes.
    declared : bool
        Whether its publisher says so; otherwise it was read from the imports.
    updated_at : datetime or None
        Last time; None: never.
    stale : bool
        Whether it is too old for its frequency. What has no frequency is never called stale.
    """

    frequency: Frequency
    declared: bool
    updated_at: datetime | None
    stale: bool


def freshness(
    declared: str, times: int, first_at: datetime | None, last_at: datetime | None, now: datetime
) -> Freshness:
    """Judge a data set.

    Parameters
    ----------
    declared : str
        What the mapping says; empty where it says nothing.
    times : int
        Imports so far.
    first_at, last_at : datetime or None
        The first and the last of them. [UTC]
    now : datetime
        The territory's present. [UTC]
    """
    said = Frequency(declared) if declared in set(Frequency) else None
    frequency = said or _rhythm(times, first_at, last_at)
    period = frequency.period
    stale = period is not None and last_at is not None and now - last_at > LATE * period
    return Freshness(frequency, said is not None, last_at, stale)


def _rhythm(times: int, first_at: datetime | None, last_at: datetime | None) -> Frequency:
    """Return the frequency nearest above the mean time between imports."""
    if times < LEAST_IMPORTS or first_at is None or last_at is None:
        return Frequency.UNKNOWN
    mean = (last_at - first_at) / (times - 1)
    longer = [frequency for frequency, period in _PERIODS.items() if period >= mean]
    return longer[0] if longer else Frequency.UNKNOWN
