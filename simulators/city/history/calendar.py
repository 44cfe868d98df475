"""Local days, and how long the lights burn on each."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np

from simulators import sun
from simulators.city.plan import Floats
from simulators.sun import Instants

TIMEZONE = "Europe/Paris"
DIM_FROM, DIM_TO, DIM_PERCENT = time(23, 0), time(5, 0), 50
OFF_FROM, OFF_TO = time(0, 30), time(5, 0)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Local days, oldest first.

    Attributes
    ----------
    days : list of date
        Consecutive.
    starts : array of datetime64[us]
        First instant of each day. [UTC]
    night_h : array
        Hours between the day's two midnights during which lights burn. [h]
    dim_h, off_h : array
        Of them, hours inside the dimming and inside the switch-off window. [h]
    """

    days: list[date]
    starts: Instants
    night_h: Floats
    dim_h: Floats
    off_h: Floats

    @classmethod
    def before(cls, today: date, count: int, latitude: float, longitude: float) -> Self:
        """Work out so many days before a day."""
        days = [today - timedelta(days=k) for k in range(count, 0, -1)]
        midnights = local_instants([*days, today], time(0, 0))
        start, end = midnights[:-1], midnights[1:]
        dawn, dusk = sun.crossings(np.array(days, "datetime64[D]"), latitude, longitude)
        nights = ((start, dawn), (dusk, end))
        evening = (local_instants(days, DIM_FROM), end)
        morning = (start, local_instants(days, DIM_TO))
        off = (local_instants(days, OFF_FROM), local_instants(days, OFF_TO))
        return cls(
            days=days,
            starts=start,
            night_h=_overlap(nights, [(start, end)]),
            dim_h=_overlap(nights, [morning, evening]),
            off_h=_overlap(nights, [off]),
        )


def local_instants(days: list[date], at: time) -> Instants:
    """Return the UTC instants of a local time on each day."""
    zone = ZoneInfo(TIMEZONE)
    local = (datetime.combine(day, at, zone) for day in days)
    return np.array([t.astimezone(UTC).replace(tzinfo=None) for t in local], "datetime64[us]")


_Span = tuple[Instants, Instants]


def _overlap(first: tuple[_Span, ...], second: list[_Span]) -> Floats:
    """Hours that two sets of spans share on each day; spans of one set are apart. [h]"""
    total = np.zeros(len(second[0][0]))
    for a, b in first:
        for c, d in second:
            shared = (np.minimum(b, d) - np.maximum(a, c)).astype(np.float64) / 3.6e9
            total += np.maximum(0.0, shared)
    return total
