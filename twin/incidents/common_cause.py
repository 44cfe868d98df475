"""From lights that are out together to the device they share.

One lamp out among lit neighbours is a lamp; all the lights of a feeder out and none lit is the
feeder; those of two feeders, their cabinet. Which, and how surely, is the exact posterior on the
supply tree (``twin.incidents.diagnosis``).
"""

from dataclasses import dataclass

import numpy as np

from twin.incidents.diagnosis import Diagnosis, Posterior
from twin.incidents.times import NEVER
from twin.model.kinds import CABINET, FEEDER, SUBSTATION
from twin.supply import Supply
from twin.supply.ranges import Flags, Floats, Longs, prefix_sum

PRIOR = {SUBSTATION: 1e-4, CABINET: 5e-4, FEEDER: 1e-3}
"""Probability that a device fails on a night, by kind: of two equal explanations, the lesser."""

LAMP_FAILURE = 0.02
"""Share of lamps out by themselves on any night."""

FALSE_DARK = 0.001
"""Chance that a controller reports no light although there is some."""

LIT_ERROR = 0.05
"""Chance that a light seen lit hangs on another device than the register says."""

DARK_WEIGHT = -float(np.log(LAMP_FAILURE + FALSE_DARK))
"""Weight of a light seen out: it would be so anyway by its lamp or by mistake. [nat]"""

LIT_WEIGHT = float(np.log(LIT_ERROR))
"""Weight of a light seen lit. [nat]"""

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
    supply: Supply,
    prior: Floats,
    *,
    out: Flags,
    lit: Flags,
    out_since: Longs,
    seen_at: Longs,
    found: Posterior | None = None,
) -> SharedCause:
    """Find the devices whose failure explains lights that are out together.

    Parameters
    ----------
    prior : float array (n)
        Probability that each device itself fails, by place.
    out, lit : bool array (m)
        Lights whose current report says so, by rank.
    out_since : int64 array (m)
        Since when each is out. [µs]
    seen_at : int64 array (m)
        When each last reported. [µs]
    found : Posterior, optional
        What all evidence together says, meters, silence and sightings too; by default what these
        reports alone say.

    Notes
    -----
    Named are the devices of the most probable set of topmost failures, if they are dead with a
    probability that is conclusive. Silence may weigh, but never accuses alone: somebody or
    something must have said dark.
    """
    a, b = supply.first_light, supply.last_light
    n_out, n_lit = ((s := prefix_sum(each.view(np.int8)))[b] - s[a] for each in (out, lit))
    named, dead = np.zeros(len(supply), np.bool_), np.zeros(len(supply))
    if out.any():
        if found is None:
            weight = np.where(out, DARK_WEIGHT, np.where(lit, LIT_WEIGHT, 0.0))
            found = Diagnosis(supply, prior, weight).posterior()
        dead = found.dead
        named = found.likeliest & (dead >= CONCLUSIVE) & (n_out > 0)
    shows_supply = (n_lit > 0) & (n_lit >= n_out)
    return SharedCause(
        out_at=np.where(named, _latest_below(supply, out, out_since), NEVER),
        p_out=np.where(named, np.round(dead, 3), 0.0),
        lit_at=np.where(shows_supply, -_latest_below(supply, lit, -seen_at), NEVER),
    )


def _latest_below(supply: Supply, which: Flags, at: Longs) -> Longs:
    """Latest instant among some of the lights below each device. [µs]"""
    latest = np.full(len(supply) + 1, NEVER, np.int64)
    device = supply.light_device  # ascending: lights are stored in the order of their device
    if len(device):
        starts = np.flatnonzero(np.concatenate([[True], device[1:] != device[:-1]]))
        latest[device[starts]] = np.maximum.reduceat(np.where(which, at, NEVER), starts)
    latest = latest[:-1]
    for places in supply.levels[:0:-1]:
        np.maximum.at(latest, supply.parent[places], latest[places])
    return latest
