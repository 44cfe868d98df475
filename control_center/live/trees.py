"""The shortest tree over points: where wires run, as far as a register can tell.

A register says which feeder a light hangs on, not where its cable runs. Lights joined by the
shortest tree from their cabinet follow the streets well.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree
from scipy.spatial import Delaunay, QhullError, distance

Points = NDArray[np.float64]
_DENSE = 300
_APART = 1e-12
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Tree:
    """The shortest tree over points, from the first of them.

    Attributes
    ----------
    points : float64[n, 2]
        Longitude and latitude. [°]
    child, parent : int64[m]
        Each edge, away from the first point.
    """

    points: Points
    child: NDArray[np.int64]
    parent: NDArray[np.int64]

    def lines(self) -> Points:
        """Return the edges, float64[m, 2, 2], from parent to child. [°]"""
        ends = np.stack([self.points[self.parent], self.points[self.child]], axis=1)
        return np.asarray(np.round(ends, _DECIMALS))


def shortest_tree(points: Points) -> Tree:
    """Return the shortest tree over points, float64[n, 2]. [°]"""
    if len(points) < 2:
        none = np.empty(0, np.int64)
        return Tree(points, none, none)
    # metres to a constant factor: enough to compare lengths within a street
    flat = points * [np.cos(np.radians(points[0, 1])), 1.0]
    edges = minimum_spanning_tree(_lengths(flat))
    order, above = breadth_first_order(edges, 0, directed=False)
    child = order[1:].astype(np.int64)
    return Tree(points, child, above[child].astype(np.int64))


def _lengths(flat: Points) -> NDArray[np.float64]:
    """Return distances between points; between neighbours only, when there are many.

    A millionth of a micrometre is added: no distance is zero, which would mean "no edge".
    """
    corners = _triangles(flat) if len(flat) > _DENSE else None
    if corners is None:
        whole: Points = distance.squareform(distance.pdist(flat)) + _APART
        return whole
    matrix = np.zeros((len(flat), len(flat)))
    for one, other in ((0, 1), (1, 2), (2, 0)):
        a, b = corners[:, one], corners[:, other]
        matrix[a, b] = np.hypot(*(flat[a] - flat[b]).T) + _APART
    return matrix


def _triangles(flat: Points) -> NDArray[np.int32] | None:
    """Return triangles between neighbours; None where all points are on one line."""
    try:
        corners: NDArray[np.int32] = Delaunay(flat).simplices
    except QhullError:
        return None
    return corners
