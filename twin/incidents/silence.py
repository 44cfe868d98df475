"""Silence of devices: explained instead of raised.

A device is judged only while its path can speak: if its supply is dark, or every gateway that
hears it is down, its silence says nothing of itself. When that cause clears it gets a fresh
deadline, and only then is its silence its own.
"""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from twin.incidents.coverage import GATEWAY_FAILURE, LOSS
from twin.incidents.light_states import MISSES
from twin.incidents.times import NEVER, SECOND
from twin.supply.ranges import Flags, Floats, Longs, Ragged

CERTAINLY_DUE = 15.0
"""Messages due and all missing that tell a gap of ours: by chance, e to the minus fifteen."""

CONCLUSIVE = 0.9
"""From this probability on, a gateway that its devices no longer reach is taken to be down."""


class Hearing(IntEnum):
    """Whether a device is heard, and if not, whether that is its own doing."""

    REPORTING = 0
    LATE = 1
    """Its interval has passed; not yet significant."""
    SILENT_EXPLAINED = 2
    """Its supply is dark, or all gateways that hear it are down."""
    SILENT_UNEXPLAINED = 3
    RECOVERING = 4
    """The cause of its silence has cleared; it has until a fresh deadline."""


def hearing(
    seen_at: Longs,
    interval_s: Floats,
    excused: Flags,
    cleared_at: Longs,
    now: int,
    *,
    audible_since: Longs | int = NEVER,
) -> npt.NDArray[np.uint8]:
    """Tell how each device is heard.

    Parameters
    ----------
    seen_at : int64 array (n)
        Its last message; ``NEVER`` without. [µs]
    interval_s : float array (n)
        Expected time between two; NaN not known: such a device is never late. [s]
    excused : bool array (n)
        A known cause keeps it from being heard.
    cleared_at : int64 array (n)
        When the last such cause cleared; ``NEVER`` if none ever did. [µs]
    now : int
        The instant. [µs]
    audible_since : int64 array (n) or int, optional
        Since when it could be heard at all: registered, and our own door open. What was never
        heard before is late, not silent, until its deadline from there has passed. [µs]

    Returns
    -------
    uint8 array (n)
        ``Hearing``.
    """
    expected = np.nan_to_num(interval_s, nan=0.0) > 0
    interval = (np.nan_to_num(interval_s) * SECOND).astype(np.int64)
    reporting = ~expected | (now <= seen_at + interval)
    late = now <= np.maximum(seen_at, audible_since) + MISSES * interval
    fresh = now <= cleared_at + MISSES * interval
    rules: list[Flags] = [reporting, excused, late, fresh & (cleared_at > seen_at)]
    states = [Hearing.REPORTING, Hearing.SILENT_EXPLAINED, Hearing.LATE, Hearing.RECOVERING]
    said = np.select(rules, [np.uint8(state) for state in states], Hearing.SILENT_UNEXPLAINED)
    return said.astype(np.uint8)


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


def unheard_gateways(
    hears: Ragged,
    *,
    heard_by: npt.NDArray[np.int32],
    seen_at: Longs,
    interval_s: Floats,
    excused: Flags,
    now: int,
    listening_since: int = NEVER,
) -> tuple[Floats, Longs]:
    """Infer dead gateways from the silence of the devices that they alone hear.

    Each missed message adds ``-ln(loss)`` nats; fifty devices that miss one each are conclusive
    long before any single time-out. One of them heard in time acquits the gateway.

    Parameters
    ----------
    hears : Ragged
        For each gateway, the devices it hears.
    heard_by : int32 array (n)
        By how many gateways each device is heard.
    seen_at, interval_s, excused, now
        As for :func:`hearing`; an excused device (its supply is dark) says nothing.
    listening_since : int, optional
        Since when our own door has been open: what was missed before is our fault. [µs]

    Returns
    -------
    probability : float64 array (g)
        That each gateway is down.
    since : int64 array (g)
        When the last device that it alone hears was heard; ``NEVER`` without one. [µs]
    """
    gateways = len(hears)
    row = np.repeat(np.arange(gateways), hears.lengths)
    device = hears.values
    tells = (heard_by[device] == 1) & ~excused[device] & (seen_at[device] > NEVER)
    tells &= np.nan_to_num(interval_s[device]) > 0
    row, device = row[tells], device[tells]
    interval = interval_s[device] * SECOND
    waited = now - np.maximum(seen_at[device], listening_since)
    missed = np.clip(waited // interval, 0, MISSES)
    witnesses = np.bincount(row, minlength=gateways)
    acquitted = np.bincount(row[missed == 0], minlength=gateways) > 0
    nats = np.bincount(row, -missed * np.log(LOSS), gateways)
    odds = np.log(GATEWAY_FAILURE) + nats
    probability = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    since = np.full(gateways, NEVER, np.int64)
    np.maximum.at(since, row, seen_at[device])
    guilty = (witnesses >= 2) & ~acquitted
    return np.where(guilty, probability, 0.0), since


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
