"""What a repair is worth, and in which order repairs bring back most light soonest.

A device relights nothing while one above it is out, so the order is that of jobs on one machine
under tree-like precedence: among all orders that repair what is above first, the one that minimises
the light still missing, summed over time, repairs next the part of the chain with the greatest mean
worth for the time it takes (W. A. Horn, *SIAM J. Appl. Math.* 23, 1972). One crew is taken to work
through them, and its way from one to the next is not counted.
"""

import heapq
from dataclasses import dataclass

import numpy as np

from twin.incidents.outage import Outage
from twin.incidents.surroundings import Surroundings
from twin.supply import Supply
from twin.supply.ranges import Floats, Ints, Longs


@dataclass(frozen=True, slots=True)
class Failures:
    """What is lost if one device alone fails, for every device; arrays of one length (n), by place.

    Attributes
    ----------
    lights, attributed_cm, residents_thousandths, residents_unknown : int64
        Lights below it; length of street that they answer for [cm]; residents along it
        [thousandths]; lights whose residents are not known.
    """

    lights: Longs
    attributed_cm: Longs
    residents_thousandths: Longs
    residents_unknown: Longs


def single_failures(supply: Supply) -> Failures:
    """Answer "and if only this one failed" for every device at once (N-1).

    Notes
    -----
    One subtraction of prefix sums a device. A device of a mesh loses what hangs from it radially;
    the mesh itself holds as long as another way leads to a source.
    """
    a, b = supply.first_light, supply.last_light
    return Failures(
        lights=(b - a).astype(np.int64),
        attributed_cm=supply.sum_cm[b] - supply.sum_cm[a],
        residents_thousandths=supply.sum_residents[b] - supply.sum_residents[a],
        residents_unknown=supply.sum_unknown[b] - supply.sum_unknown[a],
    )


@dataclass(frozen=True, slots=True)
class Repairs:
    """Repairs in the order that brings back most, soonest; arrays of one length (t).

    Attributes
    ----------
    device : int32
        Place of the device to repair at each step.
    lights, attributed_cm, residents_thousandths : int64
        What comes back at that step, and at no earlier one.
    done_h : float64
        When that step is done, from the beginning of the first; whole steps where no duration was
        given. [h]
    """

    device: Ints
    lights: Longs
    attributed_cm: Longs
    residents_thousandths: Longs
    done_h: Floats


def repair_order(
    outage: Outage, weight: Floats | None = None, duration_h: Floats | None = None
) -> Repairs:
    """Order the repairs of an outage.

    Parameters
    ----------
    outage : Outage
        Devices out.
    weight : float array (t), optional
        What each repair brings back by itself, in the order of ``outage.out``; length of street by
        default. At least 0.
    duration_h : float array (t), optional
        How long each repair takes, in the same order; all alike by default. Above 0. [h]

    Notes
    -----
    A device of a mesh that is cut off without being out itself needs no repair: what it keeps dark
    comes back with the first repair of those that cut it off.
    """
    own = _own(outage)
    worth = own[1].astype(np.float64) if weight is None else weight
    takes = np.ones(len(outage.out)) if duration_h is None else duration_h
    order = tree_order(outage.above, worth, outage.out, takes)
    if outage.cut_by:
        own, order = _without_cut_off(outage, own, order)
    lights, cm, residents = (each[order] for each in own)
    return Repairs(outage.out[order], lights, cm, residents, np.cumsum(takes[order]))


def _without_cut_off(
    outage: Outage, own: tuple[Longs, Longs, Longs], order: Longs
) -> tuple[tuple[Longs, Longs, Longs], Longs]:
    """Give what devices cut off keep dark to the first repair of those that cut them off."""
    step = np.empty(len(order), np.int64)
    step[order] = np.arange(len(order))
    kept = np.ones(len(order), np.bool_)
    for device, by in outage.cut_by.items():
        row, cutting = np.searchsorted(outage.out, device), np.searchsorted(outage.out, by)
        first = cutting[np.argmin(step[cutting])]
        for each in own:
            each[first] += each[row]
            each[row] = 0
        kept[row] = False
    return own, order[kept[order]]


def tree_order(above: Ints, worth: Floats, name: Ints, takes: Floats) -> Longs:
    """Order nodes of a forest, parents first, so that worth comes as soon as it can.

    Parameters
    ----------
    above : int32 array (t)
        Parent of each node; -1 for a root.
    worth : float array (t)
        Of each node, at least 0.
    name : int32 array (t)
        Settles ties: the lower first.
    takes : float array (t)
        How long each takes, above 0.

    Returns
    -------
    int64 array (t)
        Numbers of the nodes, in order.
    """
    count = len(above)
    parent = [int(each) for each in above]
    total, size = worth.astype(float).tolist(), takes.astype(float).tolist()
    over = [False] * count
    chain: list[list[int]] = [[node] for node in range(count)]
    leader, stamp = list(range(count)), [0] * count

    def find(node: int) -> int:
        while leader[node] != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    def entry(node: int) -> tuple[float, int, int, int]:
        return (-total[node] / size[node], int(name[node]), node, stamp[node])

    heap = [entry(node) for node in range(count)]
    heapq.heapify(heap)
    done: list[int] = []
    while heap:
        _, _, node, known = heapq.heappop(heap)
        if leader[node] != node or stamp[node] != known:
            continue  # joined to what is above it, or changed since
        if parent[node] < 0:
            done += chain[node]
            over[node] = True
            stamp[node] += 1
            leader[node] = node
            continue
        before = find(parent[node])
        if over[before]:  # what is above is repaired already: this part is next
            done += chain[node]
            over[node] = True
            stamp[node] += 1
            continue
        chain[before] += chain[node]
        total[before] += total[node]
        size[before] += size[node]
        leader[node] = before
        stamp[before] += 1
        heapq.heappush(heap, entry(before))
    return np.array(done, np.int64)


def _own(outage: Outage) -> tuple[Longs, Longs, Longs]:
    """Lights, length and residents that each device keeps dark by itself: the innermost cut."""
    supply, (device, start) = outage.supply, outage.segments
    count = len(outage.out)
    sums = []
    for values in (
        np.ones(len(supply.light_id), np.int64),
        np.diff(supply.sum_cm),
        np.diff(supply.sum_residents),
    ):
        before = np.concatenate([[0], np.cumsum(values[outage.lights])])
        each = before[start[1:]] - before[start[:-1]]
        sums.append(np.bincount(device, each, count).astype(np.int64))
    return sums[0], sums[1], sums[2]


@dataclass(frozen=True, slots=True)
class Relit:
    """Streets that one step of the repairs relights; arrays of one length, the longest first.

    Attributes
    ----------
    street_id : int64
        Ids.
    attributed_cm : int64
        Length of each that comes back. [cm]
    """

    street_id: Longs
    attributed_cm: Longs


def streets_relit(outage: Outage, around: Surroundings, device: int) -> Relit:
    """Tell which streets come back when one device is repaired, those above it being repaired.

    Parameters
    ----------
    device : int
        Its place, among ``outage.out``.
    """
    supply = outage.supply
    rank = outage.lights[outage.proximate == device]
    street = around.street_of_light[rank]
    cm = np.diff(supply.sum_cm)[rank]
    named = street >= 0
    total = np.bincount(street[named], cm[named], len(around.street_id)).astype(np.int64)
    found = np.flatnonzero(total)
    found = found[np.argsort(-total[found], kind="stable")]
    return Relit(around.street_id[found], total[found])
