"""An outage as the lights feel it: how surely, since when, through which device."""

from dataclasses import dataclass

import numpy as np

from twin.incidents.city import City
from twin.incidents.latch import BURNT, BY_A_PERSON, BY_MEASUREMENT, Latch
from twin.incidents.outage import Outage
from twin.incidents.times import NEVER
from twin.supply import Supply
from twin.supply.ranges import Flags, Floats, Ints, Longs

SURE_WIRING = 0.9
"""From this confidence on, what is measured at a cabinet is confirmed for its lights."""


@dataclass(frozen=True, slots=True)
class Blackout:
    """Supply as the lights feel it; arrays of one length (m), by rank, but for one.

    Attributes
    ----------
    p_lost : float64
        Probability that its supply is dead.
    measured : bool
        The loss was measured, or seen on site, and its wiring stands on the register.
    since : int64
        When the first device on its way went out; ``NEVER`` while none is. [µs]
    proximate, root : int32
        Places of the nearest and of the topmost device out above it; -1 none.
    dark_since : int64 (n)
        Since when each supply device, by place, carries no supply; ``NEVER`` while it does. [µs]
    """

    p_lost: Floats
    measured: Flags
    since: Longs
    proximate: Ints
    root: Ints
    dark_since: Longs


def blackout(city: City, latch: Latch, outage: Outage) -> Blackout:
    """Carry an outage down to the lights, with its confidence."""
    supply, light_device = city.supply, city.supply.light_device
    own = np.where(latch.out, latch.probability, 0.0)
    for place, cutting in outage.cut_by.items():  # inside a mesh, all of them had to fail
        own[place] = own[cutting].min()
    dead = supply.downward(own, city.device_confidence)
    sure = np.append(_measured(city, latch), 0.0)[light_device] * city.light_confidence
    proximate, root = (np.full(len(light_device), -1, np.int32) for _ in range(2))
    proximate[outage.lights], root[outage.lights] = outage.proximate, outage.root
    lost = np.append(dead, 0.0)[light_device] * city.light_confidence
    lost = np.where(city.guesses.guessed, city.guesses.p_lost(dead), lost)
    since = dark_since(supply, latch, outage)
    return Blackout(
        p_lost=np.round(lost, 3),
        measured=(sure >= SURE_WIRING) & (city.light_rung == 0),
        since=np.append(since, NEVER)[light_device],
        proximate=proximate,
        root=root,
        dark_since=since,
    )


def dark_since(supply: Supply, latch: Latch, outage: Outage) -> Longs:
    """Tell since when each device carries no supply, its own or from above.

    Returns
    -------
    int64 array (n)
        By place; ``NEVER`` while it does. [µs]
    """
    since = np.full(len(supply), NEVER, np.int64)
    since[outage.out] = np.where(latch.out, latch.since, NEVER)[outage.out]
    for place, cutting in outage.cut_by.items():
        since[place] = latch.since[cutting].max()
    for places in supply.levels[1:]:
        own, above = since[places], since[supply.parent[places]]
        both = (own > NEVER) & (above > NEVER)
        since[places] = np.where(both, np.minimum(own, above), np.maximum(own, above))
    return since


def _measured(city: City, latch: Latch) -> Floats:
    """Confidence of each device being dead, as measured or seen, along wiring of the register."""
    supply = city.supply
    seen = (latch.basis == BY_A_PERSON) & (latch.reason == BURNT)
    sure = np.where((seen | (latch.basis == BY_MEASUREMENT)) & latch.out, 1.0, 0.0)
    for places in supply.levels[1:]:
        on_register = city.device_rung[places] == 0
        link = np.where(on_register, city.device_confidence[places], 0.0)
        sure[places] = np.maximum(sure[places], sure[supply.parent[places]] * link)
    return sure
