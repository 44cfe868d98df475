"""What one operator is shown, counted: the measures of ISA-18.2 and EEMUA 191 on cards.

A card asks for an action; what hangs under it keeps its own state and does not ring. So two counts
go together: how many cards rang, and how many things would have rung without them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.incidents.times import SECOND
from twin.supply.ranges import Longs

SPAN_S = 600.0
"""The ten minutes over which an operator's load is measured. [s]"""

FLOOD = 10
"""Cards in ten minutes from which on it is an avalanche."""

CHATTERING = 3
"""Times that one cause rings within ten minutes to be called chattering."""

STALE_S = 86_400.0
"""A card that nobody has closed after this long says nothing new. [s]"""

_HELD_BACK = ("lights", "gateways", "sensors_silent")


@dataclass(frozen=True, slots=True)
class Load:
    """How much rang in a span.

    Attributes
    ----------
    cards : int
        Rings: cards opened, and those that asked anew.
    per_ten_minutes : float
        Mean over the span.
    worst : int
        Most within any ten minutes.
    avalanche_s : float
        Time during which more than ``FLOOD`` cards had rung in the last ten minutes. [s]
    chattering : tuple of str
        Root keys that rang ``CHATTERING`` times or more within ten minutes.
    """

    cards: int
    per_ten_minutes: float
    worst: int
    avalanche_s: float
    chattering: tuple[str, ...]


def load(rang_at: Longs, root_key: Sequence[str], start: int, end: int) -> Load:
    """Measure what one operator was shown.

    Parameters
    ----------
    rang_at : int64 array (r)
        Instant of each ring, in any order. [µs]
    root_key : sequence of str
        What rang.
    start, end : int
        The span; rings outside it are left out. [µs]
    """
    inside = (rang_at >= start) & (rang_at < end)
    keys = np.asarray(root_key, object)[inside]
    at = rang_at[inside]
    order = np.argsort(at, kind="stable")
    at, keys = at[order], keys[order]
    spans = max((end - start) / (SPAN_S * SECOND), 1.0)
    return Load(
        cards=len(at),
        per_ten_minutes=len(at) / spans,
        worst=int(_in_window(at).max(initial=0)),
        avalanche_s=_avalanche_s(at, end),
        chattering=tuple(
            sorted(
                str(key)
                for key in set(keys.tolist())
                if _in_window(at[keys == key]).max(initial=0) >= CHATTERING
            )
        ),
    )


def _in_window(at: Longs) -> Longs:
    """Count, at each ring, those of the ten minutes before it, itself included."""
    first = np.searchsorted(at, at - int(SPAN_S * SECOND), "right")
    return np.arange(len(at)) - first + 1


def _avalanche_s(at: Longs, end: int) -> float:
    """Time with more than ``FLOOD`` rings in the last ten minutes. [s]"""
    if len(at) <= FLOOD:
        return 0.0
    begin = at[FLOOD:]  # the eleventh of each run of eleven
    over = np.minimum(at[: len(begin)] + int(SPAN_S * SECOND), end)
    # consecutive runs overlap: the time of each is counted up to where the next begins
    stop = np.minimum(over, np.append(begin[1:], end))
    return float(np.clip(stop - begin, 0, None).sum() / SECOND)


def held_back(headline: Mapping[str, Any]) -> int:
    """Count what hangs under a card and would have rung by itself: nothing is hidden silently."""
    devices = headline.get("devices") or headline.get("cabinets") or 0
    return int(devices) + sum(int(headline.get(name) or 0) for name in _HELD_BACK)
