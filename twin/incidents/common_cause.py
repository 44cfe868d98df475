"""From lights that are out together to the device they share.

One lamp out among lit neighbours is a lamp; all the lights of a feeder out and none lit is the
feeder. The weight of n lights out at once is ``n ln(1 / q)`` against the prior of the device, q
being the share of lamps that are out on any night.
"""

from dataclasses import dataclass

import numpy as np

from twin.incidents.times import NEVER
from twin.supply import Supply
from twin.supply.ranges import Flags, Floats, Longs, prefix_sum

LAMP_FAILURE = 0.02
"""Share of lamps out by themselves on any night."""

DEVICE_FAILURE = 0.001
"""Prior probability that a feeder or a cabinet fails on a night."""

CONCLUSIVE = 0.9
"""From this probability on, the device is taken to be out."""


@dataclass(frozen=True, slots=True)
class SharedCause:
    """What lights say together of the devices above them; arrays of one length (n), by place.

    Attributes
    ----------
    out_at : int64
        When the last of its lights was seen out; ``NEVER`` unless it is the likeliest cause. [µs]
    p_out : float
        Probability that it is out; 0 likewise.
    lit_at : int64
        When a light below it was last seen lit; ``NEVER`` without, or when more are out. [µs]
    """

    out_at: Longs
    p_out: Floats
    lit_at: Longs


def shared_cause(
    supply: Supply, out: Flags, lit: Flags, out_since: Longs, seen_at: Longs
) -> SharedCause:
    """Find the devices whose failure explains lights that are out together.

    Parameters
    ----------
    out, lit : bool array (m)
        Lights whose current report says so, by rank.
    out_since : int64 array (m)
        Since when each is out. [µs]
    seen_at : int64 array (m)
        When each last reported. [µs]

    Notes
    -----
    A device is a candidate when no light below it is lit and its probability is conclusive. Of
    nested candidates the topmost is named that is seen through two branches or by lights of its
    own; a cabinet seen through one feeder only leaves the blame with the feeder.
    """
    a, b = supply.first_light, supply.last_light
    n_out, n_lit = (
        (sums := prefix_sum(each))[b] - sums[a] for each in (out.view(np.int8), lit.view(np.int8))
    )
    odds = np.log(DEVICE_FAILURE / (1 - DEVICE_FAILURE)) - n_out * np.log(LAMP_FAILURE)
    p = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    candidate = (n_out > 0) & (n_lit == 0) & (p >= CONCLUSIVE)
    named = _topmost(supply, candidate & (_branches(supply, out, n_out) >= 2))
    return SharedCause(
        out_at=np.where(named, _latest_below(supply, out, out_since), NEVER),
        p_out=np.where(named, np.round(p, 3), 0.0),
        lit_at=np.where(
            (n_lit > 0) & (n_lit >= n_out), -_latest_below(supply, lit, -seen_at), NEVER
        ),
    )


def _branches(supply: Supply, out: Flags, n_out: Longs) -> Longs:
    """Ways in which each device is seen: children with lights out; its own lights count twice."""
    own = np.zeros(len(supply) + 1, np.int64)  # the last: lights without supply
    own[supply.light_device[out]] = 2
    seen = own[:-1].copy()
    child = np.flatnonzero((n_out > 0) & (supply.parent >= 0))
    np.add.at(seen, supply.parent[child], 1)
    return seen


def _topmost(supply: Supply, wanted: Flags) -> Flags:
    """Keep those that have none of their kind above them."""
    above = np.zeros(len(supply), np.bool_)
    for places in supply.levels[1:]:
        parent = supply.parent[places]
        above[places] = above[parent] | wanted[parent]
    return wanted & ~above


def _latest_below(supply: Supply, which: Flags, at: Longs) -> Longs:
    """Latest instant among some of the lights below each device. [µs]"""
    latest = np.full(len(supply) + 1, NEVER, np.int64)
    np.maximum.at(latest, supply.light_device[which], at[which])
    latest = latest[:-1]
    for places in supply.levels[:0:-1]:
        np.maximum.at(latest, supply.parent[places], latest[places])
    return latest
