"""The dark set of an outage: headline numbers, dark lights, proximate and root cause.

Works on intervals (``twin.supply``): the headline touches one pair of integers for each root, the
dark list grows with the answer and not with the city.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from twin.supply import Supply
from twin.supply.ranges import Ints, Longs, concat_ranges


@dataclass(frozen=True, slots=True)
class Totals:
    """Additive quantities of an outage.

    Attributes
    ----------
    lights : int
        Dark lights.
    attributed_cm : int
        Length of street that they answer for. [cm]
    residents_thousandths : int or None
        Residents along it; None where those of any dark light are not known. [thousandths]
    """

    lights: int
    attributed_cm: int
    residents_thousandths: int | None


def totals(supply: Supply, start: Ints, stop: Ints) -> Totals:
    """Add up the lights of disjoint intervals of ranks: one subtraction each, exact."""
    unknown = int((supply.sum_unknown[stop] - supply.sum_unknown[start]).sum())
    people = int((supply.sum_residents[stop] - supply.sum_residents[start]).sum())
    return Totals(
        lights=int((stop - start).sum()),
        attributed_cm=int((supply.sum_cm[stop] - supply.sum_cm[start]).sum()),
        residents_thousandths=None if unknown else people,
    )


class Outage:
    """What goes dark when some devices are out.

    Parameters
    ----------
    supply : Supply
        The network.
    out : int array
        Places of the devices that are out themselves, in any order.

    Attributes
    ----------
    out : int32 array (t)
        Devices out, ascending. Inside a mesh also those that are cut off from every source.
    cut_by : dict of int to int32 array
        For each device of a mesh that is cut off without being out itself, the places of the
        devices that cut it off: inside a mesh "nearest ancestor" has no meaning.
    """

    def __init__(self, supply: Supply, out: Ints | Longs) -> None:
        self.supply = supply
        places = np.sort(np.asarray(out, np.int32))
        places = places[np.diff(places, prepend=-1) > 0]
        self.out, self.cut_by = _with_cut_off(supply, places)

    @cached_property
    def roots(self) -> Ints:
        """Topmost devices out: their intervals are disjoint."""
        if not len(self.out):
            return self.out
        reach = np.maximum.accumulate(self.supply.end[self.out])
        topmost = np.concatenate([[True], self.out[1:] >= reach[:-1]])
        roots: Ints = self.out[topmost]
        return roots

    @cached_property
    def totals(self) -> Totals:
        """Headline numbers: prefix-sum differences, exact."""
        supply, roots = self.supply, self.roots
        return totals(supply, supply.first_light[roots], supply.last_light[roots])

    @cached_property
    def lights(self) -> Longs:
        """Ranks of the dark lights, ascending."""
        roots = self.roots
        return concat_ranges(self.supply.first_light[roots], self.supply.last_light[roots])

    @cached_property
    def root(self) -> Ints:
        """Place of the topmost device out above each dark light: what the operator must know."""
        roots = self.roots
        return np.repeat(roots, self.supply.last_light[roots] - self.supply.first_light[roots])

    @cached_property
    def above(self) -> Ints:
        """For each device out, which of ``out`` is the next one out above it; -1 for a root."""
        above = np.full(len(self.out), -1, np.int32)
        nested = self._nesting > 0
        if nested.any():
            # rows by (nesting, place): the parent is the last one before it, one level up
            count = len(self.out)
            key = self._nesting * count + np.arange(count)
            order = np.argsort(key, kind="stable")
            wanted = key[nested] - count
            above[nested] = order[np.searchsorted(key[order], wanted, "right") - 1]
        return above

    @cached_property
    def segments(self) -> tuple[Ints, Longs]:
        """Runs of dark lights with the same proximate cause.

        Returns
        -------
        device : int32 array (r)
            Which of ``out`` is the nearest one out above the run.
        start : int64 array (r + 1)
            Where runs begin in :attr:`lights`; the last is the number of dark lights.
        """
        supply, out = self.supply, self.out
        a, b = supply.first_light[out], supply.last_light[out]
        some = np.flatnonzero(b > a)  # a device without lights opens and closes nothing
        # A run begins where a device's interval opens (itself) and where it closes (the next
        # device out above it). Closings come first at the same rank, inner before outer.
        rank = np.concatenate([b[some[::-1]], a[some]])
        device = np.concatenate([self.above[some[::-1]], some])
        order = np.argsort(rank, kind="stable")
        rank, device = rank[order], device[order]
        holds = np.concatenate([rank[1:] != rank[:-1], [False]]) & (device >= 0)
        start, stop = rank[holds], rank[1:][holds[:-1]]
        bounds = np.concatenate([[0], np.cumsum(stop - start)]).astype(np.int64)
        return device[holds].astype(np.int32), bounds

    @cached_property
    def proximate(self) -> Ints:
        """Place of the nearest device out above each dark light: what the resident sees."""
        device, start = self.segments
        return np.repeat(self.out[device], np.diff(start))

    @cached_property
    def _nesting(self) -> Longs:
        """How many devices are out above each device out."""
        closed = np.sort(self.supply.end[self.out])
        return np.arange(len(self.out)) - np.searchsorted(closed, self.out, "right")


def _with_cut_off(supply: Supply, places: Ints) -> tuple[Ints, dict[int, Ints]]:
    mesh = supply.mesh
    if mesh is None or not len(places):
        return places, {}
    itself = np.isin(mesh.device, places)
    if not itself.any():
        return places, {}
    cut = mesh.cut_off(itself)
    sets = {
        int(mesh.device[member]): mesh.device[by]
        for member, by in mesh.cutting_sets(itself).items()
    }
    return np.union1d(places, mesh.device[cut]).astype(np.int32), sets


def relight_values(outage: Outage) -> Longs:
    """Lights that come back when one device alone is repaired, the others staying out.

    Returns
    -------
    int64 array (t)
        For each of ``outage.out``: zero while a device above it is out, else its lights minus
        those below the next devices out inside it.
    """
    supply, out = outage.supply, outage.out
    below = (supply.last_light[out] - supply.first_light[out]).astype(np.int64)
    value = below.copy()
    inner = outage.above >= 0
    np.subtract.at(value, outage.above[inner], below[inner])
    value[inner] = 0
    return value
