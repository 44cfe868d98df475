"""Spans of the local clock as instants: midnights, windows of the night, clock changes included."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

InstantArray = npt.NDArray[np.datetime64]
Days = InstantArray | Iterable[date] | date

_NOON = time(12)


class Span(NamedTuple):
    """Two arrays of instants. [UTC, datetime64[us]]"""

    start: InstantArray
    end: InstantArray


def as_days(days: Days) -> InstantArray:
    """Turn dates into ``datetime64[D]``."""
    if isinstance(days, np.ndarray):
        return days.astype("datetime64[D]")
    if isinstance(days, date):
        return np.array(days, dtype="datetime64[D]")
    return np.array(list(days), dtype="datetime64[D]")


@dataclass(frozen=True, slots=True)
class LocalWindow:
    """A span of the night by the wall clock, e.g. switch-off from 23:00 to 05:00.

    Attributes
    ----------
    start, end : time
        A time before noon belongs to the morning after the evening.
    """

    start: time
    end: time

    def __post_init__(self) -> None:
        if not timedelta(0) < _after_noon(self.end) - _after_noon(self.start):
            raise ValueError(f"a window of the night goes forward: {self.start} to {self.end}")

    def instants(self, evenings: Days, timezone: str) -> Span:
        """Return when the window opens and closes each night. [UTC]

        An hour that the clock skips is taken as the same hour before the change would say; one
        that comes twice, as its first coming.
        """
        zone = ZoneInfo(timezone)
        days = as_days(evenings)
        noons = [datetime.combine(day, _NOON) for day in _dates(days)]
        return Span(
            *(
                np.array(
                    [_naive_utc(noon + _after_noon(clock), zone) for noon in noons],
                    dtype="datetime64[us]",
                ).reshape(days.shape)
                for clock in (self.start, self.end)
            )
        )

    def instants_of(self, evening: date, timezone: str) -> tuple[datetime, datetime]:
        """Return when the window of one night opens and closes. [UTC, aware]"""
        zone = ZoneInfo(timezone)
        noon = datetime.combine(evening, _NOON)
        opens, closes = (
            _naive_utc(noon + _after_noon(clock), zone).replace(tzinfo=UTC)
            for clock in (self.start, self.end)
        )
        return opens, closes


def midnights(dates: InstantArray, timezone: str) -> InstantArray:
    """Return the instant at which each local day begins. [UTC]"""
    zone = ZoneInfo(timezone)
    return np.array(
        [_naive_utc(datetime.combine(day, time(0)), zone) for day in _dates(dates)],
        dtype="datetime64[us]",
    ).reshape(dates.shape)


def midnight(day: date, timezone: str) -> datetime:
    """Return the instant at which a local day begins. [UTC, aware]"""
    return _naive_utc(datetime.combine(day, time(0)), ZoneInfo(timezone)).replace(tzinfo=UTC)


def local_date(instant: datetime, timezone: str) -> date:
    """Return the local date of an instant."""
    return instant.astimezone(ZoneInfo(timezone)).date()


def _after_noon(clock: time) -> timedelta:
    """Time since the noon before the night."""
    minutes = timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)
    return minutes - timedelta(hours=12) + (timedelta(days=1) if clock < _NOON else timedelta(0))


def _dates(days: InstantArray) -> list[date]:
    dates: list[date] = days.ravel().tolist()  # type: ignore[assignment]  # no NaT among civil dates
    return dates


def _naive_utc(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall - (wall.replace(tzinfo=zone).utcoffset() or timedelta(0))
