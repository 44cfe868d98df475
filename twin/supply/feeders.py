"""Which feeder of its cabinet feeds a light, learnt from events (rung L4).

When a cabinet switches or fails, all its feeders do: that tells nothing of them. What tells them
apart is a part of a cabinet's lights that drops or returns without the others. Those moments are
kept; the law is that of cabinets (``twin.supply.learning``), asked of feeders.
"""

from typing import Final

import numpy as np

from twin.supply.learning import Choices, Learnt, learn
from twin.supply.moments import Shown
from twin.supply.ranges import Longs, concat_ranges

WHOLE: Final = 0.8
"""Share of a cabinet's lights, of those that could show a moment, from which on the whole cabinet
is taken to have lived through it: a lost report must not make a feeder out of a cabinet."""
UNSAID: Final = 0.05
"""Chance that a light hangs on a feeder which the register does not name."""
LEAST_TOLD: Final = 3
"""Lights of a cabinet that must be able to show a moment: of fewer, nobody knows the rest."""


def learn_feeders(
    choices: Choices, shown: Shown, site_of: Longs, said: Longs, *, known: float
) -> tuple[Choices, Learnt]:
    """Ask of each thing which feeder of its possible cabinets it moves with.

    Parameters
    ----------
    choices : Choices
        Cabinets that may feed each thing, before any event.
    shown : Shown
        What each thing showed.
    site_of : int64 array (f)
        Cabinet of each feeder.
    said : int64 array (n)
        Feeder that a register, a plan or a person says for each thing; -1 for none.
    known : float
        How sure such a word is.

    Returns
    -------
    choices : Choices
        Feeders that may feed each thing, with what is believed before any event: those of a
        cabinet are equally likely.
    learnt : Learnt
    """
    things = len(said)
    asked = _feeders(choices, site_of, said, known)
    parts = _parts(shown, _likeliest(choices, things))
    return asked, learn(asked, parts, things, len(site_of))


def _feeders(choices: Choices, site_of: Longs, said: Longs, known: float) -> Choices:
    """Share what is believed of each cabinet among its feeders; a thing on record keeps its own."""
    order = np.argsort(site_of, kind="stable")
    sites = int(max(site_of.max(initial=-1), choices.device.max(initial=-1))) + 1
    first = np.searchsorted(site_of[order], np.arange(sites + 1))
    free = said[choices.thing] < 0
    device, thing = choices.device[free], choices.thing[free]
    size = first[device + 1] - first[device]
    feeder = order[concat_ranges(first[device], first[device + 1])]
    prior = np.repeat((1 - UNSAID) * choices.prior[free] / np.maximum(size, 1), size)
    told = np.flatnonzero(said >= 0)
    thing = np.append(np.repeat(thing, size), told)
    by_thing = np.argsort(thing, kind="stable")
    return Choices(
        thing[by_thing],
        np.append(feeder, said[told])[by_thing],
        np.append(prior, np.full(len(told), known))[by_thing],
    )


def _likeliest(choices: Choices, things: int) -> Longs:
    """Likeliest cabinet of each thing; -1 for none."""
    best = np.full(things, -1, np.int64)
    order = np.lexsort((choices.prior, choices.thing))
    last = order[np.append(np.diff(choices.thing[order]) > 0, True)] if len(order) else order
    best[choices.thing[last]] = choices.device[last]
    return best


def _parts(shown: Shown, site: Longs) -> Shown:
    """Leave out what a whole cabinet lived through, and what too few of it could show."""
    if not len(shown.thing):
        return shown
    span = int(site.max(initial=0)) + 2
    cell = shown.moment * span + site[shown.thing] + 1
    _, cell = np.unique(cell, return_inverse=True)
    told = np.bincount(cell)
    hits = np.bincount(cell, shown.changed)
    part = (hits <= WHOLE * told) & (told >= LEAST_TOLD)
    kept = np.flatnonzero(part[cell])
    return Shown(shown.thing[kept], shown.moment[kept], shown.changed[kept])
