"""Which device feeds a light, learnt from events (rung L4).

What drops or returns together is fed together, and the second at which a cabinet switches on at
dusk is its fingerprint. Lights that change together at several moments (``twin.supply.moments``)
are a *crew*: they share a device, whatever it is called. What it is called, all of a crew are asked
together: one light is easily guessed wrong, forty that must agree hardly.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from twin.supply.moments import Shown
from twin.supply.ranges import Flags, Floats, Longs, concat_ranges

SHOWS: Final = 0.85
"""Chance that a light shows that its device switched: its own lamp, a lost report, a short cut."""
KIN: Final = 2.0
"""Lights of one street are guessed right or wrong together: however many of them changed at once,
they count as so many when the device is asked for."""
COVERED: Final = 0.9
"""Share of the lights that changed together which one device must be able to explain; where none
does, several switched at once side by side, and nothing is learnt from it."""
ALIKE: Final = 0.75
"""Two moments are of one device if of the lights of each that could show both, this share does."""
_STRANGER: Final = 1e-4  # chance of a device that is none of a light's choices


@dataclass(frozen=True, slots=True)
class Choices:
    """Devices that may feed each thing, by thing.

    Attributes
    ----------
    thing : int64 array (p)
    device : int64 array (p)
        Numbers ``0 … d - 1``.
    prior : float array (p)
        What is known before any event; those of a thing sum to less than 1: the rest is that of a
        device which is not among them.
    """

    thing: Longs
    device: Longs
    prior: Floats


@dataclass(frozen=True, slots=True)
class Learnt:
    """What events say of each choice.

    Attributes
    ----------
    probability : float array (p)
        Of each choice, in the order of ``Choices``.
    crew : int64 array (n)
        Crew of each thing; -1 where it moved with nobody.
    moments : int64 array (n)
        Moments at which each thing changed with its crew.
    """

    probability: Floats
    crew: Longs
    moments: Longs


def learn(choices: Choices, shown: Shown, things: int, devices: int) -> Learnt:
    """Ask of each thing which of its possible devices it moves with.

    Parameters
    ----------
    choices, shown
        See there; the second is made by ``twin.supply.moments.shown_by``.
    things, devices : int
        How many there are.

    Notes
    -----
    Things that changed at one moment and may share a device are one group; groups that are nearly
    the same things are one crew. A thing belongs to the crew with which it changed, by Bayes' rule
    over what it showed at that crew's moments. The name of a crew's device has the product of its
    members' priors for it, as if there were ``KIN`` members; what is left of each member's doubt
    whether it belongs keeps to its own prior.
    """
    groups = _groups(choices, shown, things)
    crew_of_group, crews = _crews(groups, shown)
    crew, member, count = _membership(groups, crew_of_group, crews, shown, things)
    named = _names(choices, crew, member, (crews, devices))
    own = np.append(member, 0.0)[choices.thing]
    joined = np.zeros(len(choices.thing))
    asked = crew[choices.thing] >= 0
    joined[asked] = named[crew[choices.thing[asked]] * devices + choices.device[asked]]
    return Learnt(own * joined + (1 - own) * choices.prior, crew, count)


@dataclass(frozen=True, slots=True)
class _Groups:
    """Things that changed at one moment and may share a device.

    Attributes
    ----------
    thing, group : int64 arrays (h)
        Each change, and the group that it is part of; ascending by group.
    moment : int64 array (g)
        Of each group.
    share : float array (g)
        Share of the city that changed then.
    """

    thing: Longs
    group: Longs
    moment: Longs
    share: Floats


def _groups(choices: Choices, shown: Shown, things: int) -> _Groups:
    """Split what changed at each moment into groups that one device may explain."""
    moments = int(shown.moment.max(initial=-1)) + 1
    seen = np.bincount(shown.moment, minlength=moments)
    hits = np.bincount(shown.moment[shown.changed], minlength=moments)
    of_thing = np.searchsorted(choices.thing, np.arange(things + 1))
    change = np.flatnonzero(shown.changed)
    thing, moment = shown.thing[change], shown.moment[change]
    size = of_thing[thing + 1] - of_thing[thing]
    pick = concat_ranges(of_thing[thing], of_thing[thing + 1])
    at = np.repeat(np.arange(len(change)), size)
    met, cell = np.unique(choices.device[pick] * moments + moment[at], return_inverse=True)
    nodes = len(met) + len(change)
    graph = coo_array((np.ones(len(at), np.int8), (cell, len(met) + at)), shape=(nodes, nodes))
    count, label = connected_components(graph, directed=False)
    of_cell, of_change = label[: len(met)], label[len(met) :]
    best = np.zeros(count, np.int64)
    np.maximum.at(best, of_cell, np.bincount(cell, minlength=len(met)))
    whole = np.bincount(of_change, minlength=count)
    kept = np.flatnonzero(((whole >= 2) & (best >= COVERED * whole))[of_change])
    _, group = np.unique(of_change[kept], return_inverse=True)
    order = np.argsort(group, kind="stable")
    kept, group = kept[order], group[order]
    first = np.flatnonzero(np.diff(group, prepend=-1))
    of_group = moment[kept[first]]
    return _Groups(thing[kept], group, of_group, ((hits + 0.5) / (seen + 1.0))[of_group])


def _crews(groups: _Groups, shown: Shown) -> tuple[Longs, int]:
    """Gather groups that are nearly the same things: crew of each, and how many crews.

    A group of several devices at once has none: -1.
    """
    count = len(groups.moment)
    if not count:
        return np.empty(0, np.int64), 0
    shape = (count, int(groups.thing.max()) + 1)
    table = coo_array((np.ones(len(groups.thing)), (groups.group, groups.thing)), shape=shape)
    table = table.tocsr()
    both = (table @ table.T).tocoo()
    pair = both.data >= 2
    one, other, common = both.row[pair], both.col[pair], both.data[pair]
    inside = common >= ALIKE * _could_show(groups, shown, one, groups.moment[other])
    pure = ~_mixed((one, other), inside, count)
    whole = csr_array((inside.astype(np.int8), (one, other)), shape=(count, count))
    alike = inside & (np.asarray(whole[other, one]).ravel() > 0) & pure[one] & pure[other]
    graph = coo_array((common[alike], (one[alike], other[alike])), shape=(count, count))
    _, crew = connected_components(graph, directed=False)
    numbers, crew[pure] = np.unique(crew[pure], return_inverse=True)
    return np.where(pure, crew, -1).astype(np.int64), len(numbers)


def _mixed(pair: tuple[Longs, Longs], inside: Flags, count: int) -> Flags:
    """Find groups that hold two others which have nothing in common: two devices at once."""
    ones = np.ones(len(inside), np.int64)
    meet = csr_array((ones, pair), shape=(count, count))
    holds = csr_array((ones[inside], (pair[0][inside], pair[1][inside])), shape=(count, count))
    held = np.asarray(holds.sum(axis=0)).ravel()
    meeting = np.asarray(holds.multiply(meet @ holds).sum(axis=0)).ravel()
    mixed: Flags = held**2 > meeting
    return mixed


def _could_show(groups: _Groups, shown: Shown, group: Longs, moment: Longs) -> Longs:
    """Count the things of each group that could also show another moment."""
    first = np.searchsorted(groups.group, np.arange(len(groups.moment) + 1))
    size = first[group + 1] - first[group]
    thing = groups.thing[concat_ranges(first[group], first[group + 1])]
    asked = np.repeat(np.arange(len(group)), size)
    span = int(max(shown.thing.max(initial=0), thing.max(initial=0))) + 1
    known = np.sort(shown.moment * span + shown.thing)
    wanted = np.repeat(moment, size) * span + thing
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    found: Longs = np.bincount(asked[known[at] == wanted], minlength=len(group))
    return found


def _membership(
    groups: _Groups, crew_of_group: Longs, crews: int, shown: Shown, things: int
) -> tuple[Longs, Floats, Longs]:
    """Find the crew of each thing, how surely it is of it, and at how many moments it showed so."""
    crew = np.full(things, -1, np.int64)
    member, count = np.zeros(things), np.zeros(things, np.int64)
    if not crews:
        return crew, member, count
    pure = crew_of_group[groups.group] >= 0
    hit, own = crew_of_group[groups.group[pure]], groups.thing[pure]
    tie, of_hit = np.unique(own * crews + hit, return_inverse=True)
    thing, candidate = tie // crews, tie % crews
    for_it = np.bincount(of_hit, np.log(SHOWS / groups.share[groups.group[pure]]), len(tie))
    hits = np.bincount(of_hit, minlength=len(tie))
    asked = _asked(groups, crew_of_group, crews, shown, (thing, candidate))
    odds = for_it + (asked - hits) * np.log(1 - SHOWS) - np.log(max(crews, 2))
    order = np.lexsort((odds, thing))
    last = order[np.append(np.diff(thing[order]) > 0, True)]
    crew[thing[last]], count[thing[last]] = candidate[last], hits[last]
    member[thing[last]] = 1 / (1 + np.exp(-np.clip(odds[last], -30, 30)))
    return crew, member, count


def _asked(
    groups: _Groups, crew_of_group: Longs, crews: int, shown: Shown, tie: tuple[Longs, Longs]
) -> Longs:
    """Count the moments of a crew at which each of some things could have shown something."""
    thing, crew = tie
    order = np.argsort(crew_of_group, kind="stable")  # those of no crew, -1, come first
    first = np.searchsorted(crew_of_group[order], np.arange(crews + 1))
    size = first[crew + 1] - first[crew]
    moment = groups.moment[order[concat_ranges(first[crew], first[crew + 1])]]
    which = np.repeat(np.arange(len(thing)), size)
    span = int(shown.thing.max(initial=0)) + 1
    known = np.sort(shown.moment * span + shown.thing)
    wanted = moment * span + thing[which]
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    found: Longs = np.bincount(which[known[at] == wanted], minlength=len(thing))
    return found


def _names(choices: Choices, crew: Longs, member: Floats, shape: tuple[int, int]) -> Floats:
    """Probability of each device for each crew, ``crew * devices + device``."""
    crews, devices = shape
    of_choice = crew[choices.thing]
    asked = of_choice >= 0
    weight = member[choices.thing[asked]]
    cell = of_choice[asked] * devices + choices.device[asked]
    told = np.log(np.maximum(choices.prior[asked], _STRANGER) / _STRANGER)
    score = np.bincount(cell, weight * told, crews * devices).astype(np.float64)
    people = np.bincount(crew[crew >= 0], member[crew >= 0], crews)
    score *= np.repeat(np.minimum(1.0, KIN / np.maximum(people, 1e-9)), devices)
    score = score.reshape(crews, devices)
    likely = np.exp(score - score.max(axis=1, keepdims=True, initial=0.0))
    rest = np.exp(-score.max(axis=1, keepdims=True, initial=0.0))
    shares: Floats = (likely * (score > 0)) / (
        (likely * (score > 0)).sum(axis=1, keepdims=True) + rest
    )
    return shares.ravel()
