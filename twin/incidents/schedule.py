"""When lights should burn: the sun, and the night switch-off of a programme."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from twin.incidents.times import NEVER, SECOND, micros
from twin.lighting.sun import SWITCHING_ELEVATION_DEG, crossings, solar_elevation
from twin.supply.ranges import Flags, Floats, Longs


@dataclass(frozen=True, slots=True)
class Night:
    """Where an instant lies between dusk and dawn.

    Attributes
    ----------
    now : int
        The instant. [µs]
    dark : bool
        Whether the sun is low enough for lights to burn.
    switched_at : int
        Last dusk or dawn; ``NEVER`` under a midnight sun or in a polar night. [µs]
    next_dusk : int
        When lights are next due; ``NEVER`` where that is not within two days. [µs]
    midnight : int
        Last local midnight. [µs]
    """

    now: int
    dark: bool
    switched_at: int
    next_dusk: int
    midnight: int


def night_at(now: datetime, latitude: float, longitude: float, timezone: str) -> Night:
    """Place an instant in its night.

    Parameters
    ----------
    now : datetime
        The instant. [UTC]
    latitude, longitude : float
        Of the territory. [°]
    timezone : str
        IANA name, for programmes that speak local time.
    """
    dusk, dawn = _switching(now.astimezone(UTC).date(), latitude, longitude)
    at = micros(now)
    past = [m for m in (*dusk, *dawn) if m <= at]
    coming = [m for m in dusk if m > at]
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    return Night(
        now=at,
        dark=bool(solar_elevation(now, latitude, longitude) < SWITCHING_ELEVATION_DEG),
        switched_at=max(past, default=NEVER),
        next_dusk=min(coming, default=NEVER),
        midnight=micros(_midnight(today, zone)),
    )


def should_burn(night: Night, off_from_s: Floats, off_to_s: Floats) -> tuple[Flags, Longs]:
    """Tell which lights should burn, and since when that is so.

    Parameters
    ----------
    night : Night
        The instant.
    off_from_s, off_to_s : float array (n)
        Local time of the night switch-off; NaN without one. It may pass midnight.
        [s after midnight]

    Returns
    -------
    burns : bool array (n)
        Whether each should be lit.
    switched_at : int64 array (n)
        When its schedule last switched. [µs]
    """
    sun = np.full(len(off_from_s), night.switched_at, np.int64)
    if not night.dark:
        return np.zeros(len(sun), np.bool_), sun
    off_at, on_at = (_last(night, clock) for clock in (off_from_s, off_to_s))
    off = (off_at > on_at) & (off_at > NEVER)
    return ~off, np.maximum(sun, np.maximum(off_at, on_at))


def _last(night: Night, clock_s: Floats) -> Longs:
    """Last time that a local clock showed some hour; ``NEVER`` for NaN. [µs]"""
    today = night.midnight + (np.nan_to_num(clock_s) * SECOND).astype(np.int64)
    last = np.where(today > night.now, today - 86_400 * SECOND, today)
    return np.where(np.isnan(clock_s), NEVER, last)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone)


@lru_cache(maxsize=64)
def _switching(day: date, latitude: float, longitude: float) -> tuple[list[int], list[int]]:
    """Return dusks and dawns around a day, from two days before to two after. [µs]"""
    days = [day + timedelta(days=k) for k in range(-2, 3)]
    dusk, dawn = crossings(days, latitude, longitude)
    return _known(dusk), _known(dawn)


def _known(moments: np.ndarray[tuple[int, ...], np.dtype[np.datetime64]]) -> list[int]:
    return [int(m.astype(np.int64)) for m in moments if not np.isnat(m)]
