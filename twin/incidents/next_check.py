"""What to look at next: the check that is expected to teach most, for whom, at what cost.

A look at a light under device v has two outcomes and depends on the failures only through
``dead(v)``, so what it is expected to teach is closed-form: with ``P`` the probability that v is
dead and ``q`` that a light is dark though supplied,

    gain = h(P + (1 - P) q) - (1 - P) h(q)        h = binary entropy

It peaks where P is near one half, and is nothing where nobody is in doubt. A ping of a sensor is
the same with ``q`` the chance that it does not answer though supplied.
"""

from dataclasses import dataclass

import numpy as np

from twin.incidents.common_cause import LAMP_FAILURE
from twin.incidents.coverage import LOSS, SENSOR_FAILURE
from twin.supply import Supply
from twin.supply.ranges import Flags, Floats, Longs

LOOK, PING = 0, 1

LOOK_COST_S, PING_COST_S = 1800.0, 60.0
"""What a visit to a light costs, and a message to a sensor. [s]"""

LEAST_GAIN = 0.15
"""A check that is expected to teach less is not asked for: nobody is sent to confirm 98 %. [bit]"""

UNANSWERED = 1 - (1 - LOSS) ** 2 * (1 - SENSOR_FAILURE)
"""Chance that a supplied sensor does not answer: the question or the answer lost, or broken."""


@dataclass(frozen=True, slots=True)
class Checks:
    """Checks worth making, the best first; arrays of one length.

    Attributes
    ----------
    light : int64
        Rank of the light to look at, or whose sensor to ping.
    act : int8
        ``LOOK`` or ``PING``.
    gain : float64
        What it is expected to teach of the devices above. [bit]
    dead : float64
        Probability that the device which feeds it is dead.
    """

    light: Longs
    act: np.ndarray[tuple[int], np.dtype[np.int8]]
    gain: Floats
    dead: Floats

    def __len__(self) -> int:
        return len(self.light)


def check_gain(dead: Floats, dark_anyway: Floats | float) -> Floats:
    """Return what a check is expected to teach. [bit]

    Parameters
    ----------
    dead : float array
        Probability that the device is dead.
    dark_anyway : float array or float
        Chance of seeing it dark, or of no answer, although the device is alive; in a dead one it
        is certain.
    """
    q = np.asarray(dark_anyway, np.float64)
    gain = _entropy(dead + (1 - dead) * q) - (1 - dead) * _entropy(q)
    return np.asarray(np.maximum(gain, 0.0), np.float64)


def next_checks(
    supply: Supply,
    dead: Floats,
    *,
    lookable: Flags,
    pingable: Flags,
    within: tuple[int, int] | None = None,
    count: int = 3,
    reachable: Floats | float = 1.0,
) -> Checks:
    """Choose the checks that teach most for their cost.

    Parameters
    ----------
    dead : float array (n)
        Probability that each device is dead (``Posterior.dead``).
    lookable : bool array (m)
        Lights that should burn and of which nobody knows: a look tells.
    pingable : bool array (m)
        Lights whose sensor could be asked.
    within : pair of int, optional
        Only lights of these ranks, ``[first, last)``; by default all.
    count : int
        How many at most; one a device and kind of check, for a second look under the same device
        teaches little.
    reachable : float array (m) or float
        Probability that a gateway hears the sensor.

    Notes
    -----
    Ranked by ``gain × residents / cost``: those who depend on the device that the light hangs
    on; where residents are not known, its lights.
    """
    first, last = (0, len(supply.light_id)) if within is None else within
    ranks = np.arange(first, last, dtype=np.int64)
    ranks = ranks[(lookable | pingable)[ranks] & (supply.light_device[ranks] >= 0)]
    place = supply.light_device[ranks]
    people = _depending(supply)[place]
    p = dead[place]
    heard = np.broadcast_to(reachable, len(supply.light_id))[ranks]
    look = np.where(lookable[ranks], check_gain(p, LAMP_FAILURE), 0.0)
    ping = np.where(pingable[ranks], check_gain(p, 1 - heard * (1 - UNANSWERED)), 0.0)
    gain = np.concatenate([look, ping])
    act = np.repeat(np.array([LOOK, PING], np.int8), len(ranks))
    cost = np.where(act == LOOK, LOOK_COST_S, PING_COST_S)
    worth = np.where(gain >= LEAST_GAIN, gain * np.tile(people, 2) / cost, 0.0)
    order = np.argsort(-worth, kind="stable")
    order = order[worth[order] > 0]
    kind = np.tile(place, 2)[order].astype(np.int64) * 2 + act[order]
    best = np.sort(np.unique(kind, return_index=True)[1])[:count]
    chosen = order[best]
    row = chosen % max(len(ranks), 1)
    return Checks(ranks[row], act[chosen], gain[chosen], p[row])


def _depending(supply: Supply) -> Floats:
    """Residents along the lights below each device; lights where residents are not known."""
    a, b = supply.first_light, supply.last_light
    people = (supply.sum_residents[b] - supply.sum_residents[a]) / 1000
    return np.where(people > 0, people, (b - a).astype(np.float64))


def _entropy(p: Floats) -> Floats:
    """Binary entropy. [bit]"""
    p = np.clip(p, 1e-12, 1 - 1e-12)
    entropy: Floats = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    return entropy
