"""Depth-first numbering of a forest, level by level: no loop over devices, only over depth."""

from dataclasses import dataclass

import numpy as np

from twin.supply.ranges import Ints, Ragged, concat_ranges


@dataclass(frozen=True, slots=True)
class Preorder:
    """A forest numbered so that everything below a node is one range.

    Attributes
    ----------
    order : int32 array (n)
        Node at each place, parents before children, siblings as they came.
    place : int32 array (n)
        Inverse of ``order``.
    parent : int32 array (n)
        Place of the parent of the node at each place; -1 at a root.
    end : int32 array (n)
        One past the last descendant: the subtree at ``k`` is ``[k, end[k])``.
    levels : tuple of int32 arrays
        Places at depth 0, 1, 2…; together each place once.
    """

    order: Ints
    place: Ints
    parent: Ints
    end: Ints
    levels: tuple[Ints, ...]


def reached(parent: Ints) -> tuple[list[Ints], Ragged]:
    """Walk down from the roots.

    Parameters
    ----------
    parent : int32 array (n)
        Parent of each node, -1 for a root.

    Returns
    -------
    levels : list of int32 arrays
        Nodes at each depth, those of one parent side by side. Nodes on a cycle or below one are
        in none.
    children : Ragged
        Children of each node, in the order of their numbers.
    """
    inner = np.flatnonzero(parent >= 0).astype(np.int32)
    children = Ragged.group(parent[inner], inner, len(parent))
    levels = []
    front = np.flatnonzero(parent < 0).astype(np.int32)
    while len(front):
        levels.append(front)
        front = children.values[concat_ranges(children.ptr[front], children.ptr[front + 1])]
    return levels, children


def preorder(parent: Ints) -> Preorder:
    """Lay a forest out depth first.

    Parameters
    ----------
    parent : int32 array (n)
        Parent of each node, -1 for a root; without cycles.

    Raises
    ------
    ValueError
        Some nodes hang from no root.
    """
    n = len(parent)
    levels, children = reached(parent)
    if sum(map(len, levels)) < n:
        raise ValueError("a forest has no cycle; cut cycles first (twin.supply.mesh)")
    size = np.ones(n, np.int64)
    for nodes in levels[:0:-1]:
        np.add.at(size, parent[nodes], size[nodes])
    place = np.zeros(n, np.int64)
    for depth, nodes in enumerate(levels):
        before = np.cumsum(size[nodes]) - size[nodes]
        if depth == 0:
            place[nodes] = before
            continue
        parents = levels[depth - 1]
        brood = children.ptr[parents + 1] - children.ptr[parents]
        first = np.cumsum(brood) - brood  # where the children of each parent begin in `nodes`
        offset = np.repeat(before[np.minimum(first, len(nodes) - 1)], brood)
        place[nodes] = place[parent[nodes]] + 1 + before - offset
    order = np.empty(n, np.int32)
    order[place] = np.arange(n, dtype=np.int32)
    above = parent[order]
    return Preorder(
        order=order,
        place=place.astype(np.int32),
        parent=np.where(above < 0, -1, place[above]).astype(np.int32),
        end=(np.arange(n) + size[order]).astype(np.int32),
        levels=tuple(np.sort(place[nodes]).astype(np.int32) for nodes in levels),
    )
