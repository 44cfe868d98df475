"""Where supply is no tree: loops, dual feeds, several sources in one component.

The devices that lie on a loop, or between two sources, are the *core*. The rest hangs from it in
radial branches, which keep their intervals. A device of the core is live as long as a closed way
leads from it to a live source past no device that is out; closed links conduct both ways.
"""

from dataclasses import dataclass

import numpy as np

from twin.supply.order import reached
from twin.supply.ranges import Flags, Ints, Ragged


@dataclass(frozen=True, slots=True)
class Mesh:
    """The core of a supply network.

    Attributes
    ----------
    device : int32 array (c)
        Devices of the core, ascending.
    neighbours : Ragged
        For each device of the core, the core devices (``0 … c - 1``) it is closed onto.
    source : bool array (c)
        Devices that are fed from outside. In a loop that names no source, which is a mistake of
        the register, all of them are: missing data must never turn lights off.
    component : int32 array (c)
        Number of the connected part that each belongs to.
    """

    device: Ints
    neighbours: Ragged
    source: Flags
    component: Ints

    def moved(self, place: Ints) -> "Mesh":
        """Return the same core with its devices renumbered by ``place``."""
        device = place[self.device]
        order = np.argsort(device).astype(np.int32)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order), dtype=np.int32)
        edges = self.neighbours.rows(order)
        ptr = np.concatenate([[0], np.cumsum(self.neighbours.lengths[order])]).astype(np.int32)
        return Mesh(
            device=device[order],
            neighbours=Ragged(ptr, rank[edges]),
            source=self.source[order],
            component=self.component[order],
        )

    def cut_off(self, out: Flags) -> Flags:
        """Tell which core devices have no live way to a source, those out themselves included.

        Parameters
        ----------
        out : bool array (c)
            Devices that are out themselves.
        """
        live = self.source & ~out
        front: Ints = np.flatnonzero(live).astype(np.int32)
        while len(front):
            met = np.unique(self.neighbours.rows(front))
            front = met[~live[met] & ~out[met]]
            live[front] = True
        return ~live

    def cutting_sets(self, out: Flags) -> dict[int, Ints]:
        """For each device cut off without being out itself, name the devices that cut it off.

        Parameters
        ----------
        out : bool array (c)
            Devices that are out themselves.

        Returns
        -------
        dict of int to int32 array
            Core device → core devices that are out and touch the dead part it lies in, ascending.
        """
        dark = self.cut_off(out) & ~out
        sets: dict[int, Ints] = {}
        for seed in np.flatnonzero(dark):
            if int(seed) in sets:
                continue
            part, edge = self._dead_part(int(seed), dark, out)
            sets.update(dict.fromkeys(part, edge))
        return sets

    def _dead_part(self, seed: int, dark: Flags, out: Flags) -> tuple[list[int], Ints]:
        seen = {seed}
        front = np.array([seed])
        edge: list[Ints] = []
        while len(front):
            met = np.unique(self.neighbours.rows(front))
            edge.append(met[out[met]])
            front = np.array([m for m in met[dark[met]].tolist() if m not in seen], np.int64)
            seen.update(front.tolist())
        return sorted(seen), np.unique(np.concatenate(edge)).astype(np.int32)


def split(child: Ints, parent: Ints, n: int) -> tuple[Ints, Mesh | None, list[list[int]]]:
    """Separate the core of a network from the branches that hang from it.

    Parameters
    ----------
    child, parent : int32 array (e)
        Closed links between devices ``0 … n - 1``; no link twice, none onto itself.
    n : int
        Number of devices.

    Returns
    -------
    hangs_from : int32 array (n)
        Parent of each device in the forest of branches; -1 for sources and devices of the core.
    mesh : Mesh or None
        The core; None where every component is a tree below one source.
    cycles : list of list of int
        Connected loops that no source feeds: mistakes of the register.
    """
    single = np.bincount(child, minlength=n) <= 1
    above = np.full(n, -1, np.int32)
    above[child] = parent
    if single.all() and sum(map(len, reached(above)[0])) == n:
        return above, None, []
    source = np.ones(n, np.bool_)
    source[child] = False
    around = Ragged.group(np.concatenate([child, parent]), np.concatenate([parent, child]), n)
    hangs_from, core = _prune(around, source)
    return hangs_from, *_core(around, core, source)


def _prune(around: Ragged, source: Flags) -> tuple[Ints, Flags]:
    """Take away leaves that feed nobody, again and again; what is left is the core."""
    n = len(around)
    degree = around.lengths.copy()
    kept = np.ones(n, np.bool_)
    hangs_from = np.full(n, -1, np.int32)
    leaves = np.flatnonzero((degree == 1) & ~source)
    while len(leaves):
        kept[leaves] = False
        row = np.repeat(leaves, around.lengths[leaves])
        other = around.rows(leaves)
        alive = kept[other]
        hangs_from[row[alive]] = other[alive]
        np.subtract.at(degree, other[alive], 1)
        touched = np.unique(other[alive])
        leaves = touched[(degree[touched] == 1) & ~source[touched]]
    return hangs_from, kept & (degree > 0)


def _core(around: Ragged, core: Flags, source: Flags) -> tuple[Mesh | None, list[list[int]]]:
    device = np.flatnonzero(core).astype(np.int32)
    if not len(device):
        return None, []
    number = np.full(len(core), -1, np.int32)
    number[device] = np.arange(len(device), dtype=np.int32)
    row = np.repeat(np.arange(len(device)), around.lengths[device])
    other = number[around.rows(device)]
    inside = other >= 0
    neighbours = Ragged.group(row[inside], other[inside], len(device))
    component = _components(neighbours)
    fed = np.zeros(int(component.max()) + 1, np.bool_)
    np.logical_or.at(fed, component, source[device])
    cycles = [device[component == c].tolist() for c in np.flatnonzero(~fed)]
    return Mesh(device, neighbours, source[device] | ~fed[component], component), cycles


def _components(neighbours: Ragged) -> Ints:
    """Tell connected parts apart by their lowest member, by spreading the lowest label."""
    label = np.arange(len(neighbours), dtype=np.int32)
    row = np.repeat(label, neighbours.lengths)
    while True:
        spread = label.copy()
        np.minimum.at(spread, row, label[neighbours.values])
        spread = spread[spread]
        if np.array_equal(spread, label):
            return np.unique(label, return_inverse=True)[1].astype(np.int32)
        label = spread
