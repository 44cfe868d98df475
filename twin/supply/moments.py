"""Moments: when things changed together, and what each of them showed then.

Reports become *spans*: between two of them a thing changed once, or not at all. Instants that
pierce many changes are *moments*. To a light that reports every quarter of an hour a moment is that
wide; one that reports at once when it is switched tells it to the second.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from twin.supply.ranges import Flags, Floats, Longs, concat_ranges

SECOND: Final = 1_000_000  # [µs]
PROMPT: Final = 0.8
"""A report earlier than this share of the usual interval was sent because something changed."""
PROMPT_S: Final = 2.0
"""Such a report tells the instant of the change to within this. [s]"""
LONGEST_S: Final = 5_400.0
"""Between reports farther apart than this anything may have happened. [s]"""
SILENT_AFTER: Final = 3.0
"""Missed intervals after which a thing that lives on the mains is taken to have had none."""
COMMON: Final = 0.5
"""A moment that a larger share of the city lives through (dusk, to the quarter of an hour) is left
out: who shows it and who does not is a matter of when each reports."""


@dataclass(frozen=True, slots=True)
class Reports:
    """Reports of things, by thing, then by time.

    Attributes
    ----------
    thing : int64 array (r)
        Numbers ``0 … n - 1``.
    at : int64 array (r)
        [µs]
    on : bool array (r)
        Whether there was light, or supply.
    """

    thing: Longs
    at: Longs
    on: Flags

    @classmethod
    def of(cls, thing: Longs, at: Longs, on: Flags) -> "Reports":
        """Put reports in order; of several of one instant the last holds."""
        order = np.lexsort((np.arange(len(at)), at, thing))
        thing, at, on = thing[order], at[order], on[order]
        last = np.append((thing[1:] != thing[:-1]) | (at[1:] != at[:-1]), True)[: len(at)]
        return cls(thing[last], at[last], on[last])


@dataclass(frozen=True, slots=True)
class Shown:
    """What each thing showed at each moment at which it could: by thing.

    Attributes
    ----------
    thing, moment : int64 arrays (s)
    changed : bool array (s)
        Whether it did change then.
    """

    thing: Longs
    moment: Longs
    changed: Flags


def shown_by(reports: Reports, interval_s: Floats) -> Shown:
    """Find the moments at which things changed together, and what each thing showed then.

    Parameters
    ----------
    reports : Reports
    interval_s : float array (n)
        Usual time between two reports of each thing; NaN where not known. [s]

    Returns
    -------
    Shown
        A moment at which fewer than two things changed, or nearly all that could, tells nothing
        and is left out. So is a change that may belong to several moments.
    """
    span = _spans(reports, interval_s)
    parts = []
    number = 0
    for turned_on in (False, True):
        could = span.was != turned_on
        moment = _moments(span.low[could & span.turned], span.high[could & span.turned])
        low = np.searchsorted(moment, span.low[could], "right")
        high = np.searchsorted(moment, span.high[could], "right")
        clear = ~span.turned[could] | (high - low == 1)
        low, high = low[clear], high[clear]
        size = high - low
        parts.append(
            (
                np.repeat(span.thing[could][clear], size),
                number + concat_ranges(low, high),
                np.repeat(span.turned[could][clear], size),
            )
        )
        number += len(moment)
    thing, moment, changed = (np.concatenate(each) for each in zip(*parts, strict=True))
    told = np.bincount(moment, minlength=number)
    hits = np.bincount(moment[changed], minlength=number)
    useful = (hits >= 2) & (hits <= COMMON * told)
    renumbered = np.cumsum(useful) - 1
    kept = np.flatnonzero(useful[moment])
    order = kept[np.argsort(thing[kept], kind="stable")]
    return Shown(thing[order], renumbered[moment[order]], changed[order])


def with_silence(reports: Reports, interval_s: Floats) -> Reports:
    """Take long silence of things that live on the mains as supply lost and come back.

    Parameters
    ----------
    interval_s : float array (n)
        NaN where not known: its silence says nothing. [s]

    Notes
    -----
    A gateway that fails silences its things alike: ask this only of things heard by several.
    """
    interval = (interval_s[reports.thing] * SECOND)[1:]
    gap = np.diff(reports.at)
    long = (np.diff(reports.thing) == 0) & (gap > SILENT_AFTER * interval)
    at = np.flatnonzero(long)
    step = interval[at].astype(np.int64)
    return Reports.of(
        np.concatenate([reports.thing, np.repeat(reports.thing[at], 2)]),
        np.concatenate(
            [reports.at, np.stack([reports.at[at] + step, reports.at[at + 1] - step], 1).ravel()]
        ),
        np.concatenate([reports.on, np.zeros(2 * len(at), np.bool_)]),
    )


@dataclass(frozen=True, slots=True)
class _Spans:
    """Times ``(low, high]`` between two reports of a thing: what was, and whether it turned."""

    thing: Longs
    low: Longs
    high: Longs
    was: Flags
    turned: Flags


def _spans(reports: Reports, interval_s: Floats) -> _Spans:
    """Cut time between reports; a report sent at once puts the change into its last seconds."""
    gap = np.diff(reports.at)
    real = (np.diff(reports.thing) == 0) & (gap <= LONGEST_S * SECOND)
    at = np.flatnonzero(real)
    thing, low, high = reports.thing[at], reports.at[at], reports.at[at + 1]
    was, turned = reports.on[at], reports.on[at] != reports.on[at + 1]
    usual = interval_s[thing] * SECOND
    prompt = turned & (gap[at] < PROMPT * usual) & (gap[at] > PROMPT_S * SECOND)
    cut = np.where(prompt, high - int(PROMPT_S * SECOND), low)
    quiet = np.flatnonzero(prompt)  # until the last seconds, nothing
    return _Spans(
        np.concatenate([thing, thing[quiet]]),
        np.concatenate([cut, low[quiet]]),
        np.concatenate([high, cut[quiet]]),
        np.concatenate([was, was[quiet]]),
        np.concatenate([turned, np.zeros(len(quiet), np.bool_)]),
    )


def _moments(low: Longs, high: Longs) -> Longs:
    """Fewest instants such that each interval ``(low, high]`` holds one, ascending. [µs]

    The earliest end, then the earliest end among the intervals that begin at or after it, and so
    on: one step a moment.
    """
    if not len(low):
        return np.empty(0, np.int64)
    ends = np.argsort(high, kind="stable")
    low, high = low[ends], high[ends]
    starts = np.argsort(low, kind="stable")
    soonest = np.minimum.accumulate(np.append(starts, len(low))[::-1])[::-1]
    follows = soonest[np.searchsorted(low[starts], high, "left")]
    found, at = [], 0
    while at < len(low):
        found.append(high[at])
        at = int(follows[at])
    return np.array(found, np.int64)
