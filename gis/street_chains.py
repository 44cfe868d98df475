"""Streets where nobody published centre lines: chains of lights that bear the same street name.

The lights of a street are joined by the shortest tree (minimum spanning tree); a gap longer than
``GAP_M`` cuts it, and a short spur to a mast across the road is no street. Where masts alternate
from one pavement to the other the line is drawn between them. What comes out are centre lines
like any other, marked *estimated* by whoever stores them.
"""

from typing import Final

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra, minimum_spanning_tree
from scipy.spatial import cKDTree

from gis.geometry import Coordinates, Geometries

Index = NDArray[np.int64]

GAP_M: Final = 80.0
"""Neighbours farther apart than this are not on one stretch of street. [m]"""
SPUR_M: Final = 15.0
"""A dead end shorter than this is the other pavement, not a street. [m]"""


def estimated_sections(points: Coordinates, keys: pl.Series) -> tuple[Geometries, list[str]]:
    """Draw sections through the lights of each street.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Metric positions; NaN where unknown. [m]
    keys : Series of String
        Street key of each light; null where unknown.

    Returns
    -------
    lines : ndarray of LineString
        A light that stands alone gives a line of no length, so that its street still exists.
    keys : list of str
        Street key of each line. Ordered by street, then west to east, then south to north.
    """
    usable = np.flatnonzero(np.isfinite(points).all(axis=1) & keys.is_not_null().to_numpy())
    if not len(usable):
        return np.empty(0, dtype=object), []
    codes = keys.rank("dense").cast(pl.Int64).fill_null(-1).to_numpy()
    places, street = points[usable], codes[usable]
    ends, length = _tree_edges(places, street)
    ends, length = _without_spurs(ends, length, len(places))
    vertex, path = _paths(ends, length, len(places))
    alone = np.setdiff1d(np.arange(len(places)), np.unique(ends))
    spur_ends = _spur_masts(places, street, alone, ends)
    alone = np.setdiff1d(alone, spur_ends)
    vertex = np.concatenate([vertex, np.repeat(alone, 2)])
    first_free = path.max() + 1 if len(path) else 0
    path = np.concatenate([path, np.repeat(first_free + np.arange(len(alone)), 2)])
    lines = np.asarray(shapely.linestrings(_centred(places[vertex], path), indices=path))
    of_path = np.searchsorted(path, np.arange(len(lines)))
    names = keys.to_numpy()[usable[vertex[of_path]]]
    corner = shapely.bounds(lines)
    order = np.lexsort((corner[:, 1], corner[:, 0], names.astype(str)))
    return lines[order], [str(name) for name in names[order]]


def _tree_edges(places: Coordinates, street: Index) -> tuple[Index, Coordinates]:
    """Shortest trees over the lights of each street: pairs of lights and their distance."""
    pairs = cKDTree(places).query_pairs(GAP_M, output_type="ndarray")
    pairs = pairs[street[pairs[:, 0]] == street[pairs[:, 1]]]
    distance = np.hypot(*(places[pairs[:, 0]] - places[pairs[:, 1]]).T)
    weight = np.maximum(distance, 1e-3)  # a sparse matrix would forget a distance of zero
    graph = coo_array((weight, (pairs[:, 0], pairs[:, 1])), shape=(len(places), len(places)))
    tree = minimum_spanning_tree(graph.tocsr()).tocoo()
    return np.column_stack([tree.row, tree.col]).astype(np.int64), np.asarray(tree.data)


def _without_spurs(ends: Index, length: Coordinates, count: int) -> tuple[Index, Coordinates]:
    """Take out the short dead ends that hang on a branching light."""
    degree = np.bincount(ends.ravel(), minlength=count)
    leaf = (degree[ends] == 1).any(axis=1)
    branching = (degree[ends] >= 3).any(axis=1)
    keep = ~(leaf & branching & (length < SPUR_M))
    return ends[keep], length[keep]


def _spur_masts(places: Coordinates, street: Index, alone: Index, ends: Index) -> Index:
    """Lights left alone by the removal of their spur: they hang on the street already."""
    linked = np.unique(ends)
    if not len(alone) or not len(linked):
        return alone[:0]
    distance, nearest = cKDTree(places[linked]).query(
        places[alone], k=min(8, len(linked)), distance_upper_bound=SPUR_M
    )
    near = np.isfinite(np.atleast_2d(distance.reshape(len(alone), -1)))
    nearest = np.where(near, nearest.reshape(len(alone), -1), 0)
    same = near & (street[linked[nearest]] == street[alone][:, None])
    return np.asarray(alone[same.any(axis=1)])


def _centred(places: Coordinates, path: Index) -> Coordinates:
    """Draw the zigzag between two pavements as the line between them.

    Binomial smoothing (1, 2, 1) / 4 of the inner vertices: an alternation is cancelled exactly,
    a straight row stays where it is, both ends stay too.
    """
    inner = np.flatnonzero((path[1:-1] == path[:-2]) & (path[1:-1] == path[2:])) + 1
    centred = places.copy()
    centred[inner] = (places[inner - 1] + 2 * places[inner] + places[inner + 1]) / 4
    return centred


def _paths(ends: Index, length: Coordinates, count: int) -> tuple[Index, Index]:
    """Cut trees into paths between their ends and branchings.

    Each end of an edge that meets a branching light gets a copy of it, so that what remains are
    simple paths; the distance from one end of each gives the order of its lights.

    Returns
    -------
    vertex, path : for each vertex of each path, its light and the number of its path; by path
    """
    if not len(ends):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    degree = np.bincount(ends.ravel(), minlength=count)
    flat = ends.ravel().copy()
    branching = np.flatnonzero(degree[flat] >= 3)
    flat[branching] = count + np.arange(len(branching))
    light = np.concatenate([np.arange(count), ends.ravel()[branching]])
    nodes, compact = np.unique(flat, return_inverse=True)
    pairs = compact.reshape(-1, 2)
    graph = coo_array((length, (pairs[:, 0], pairs[:, 1])), shape=(len(nodes), len(nodes))).tocsr()
    _, component = connected_components(graph, directed=False)
    tips = np.flatnonzero(np.bincount(compact) == 1)
    starts = tips[np.unique(component[tips], return_index=True)[1]]
    reached = dijkstra(graph, directed=False, indices=starts, min_only=True)
    order = np.lexsort((reached, component))
    return light[nodes[order]], component[order].astype(np.int64)
