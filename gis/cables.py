"""Cables as they were drawn, made into supply: ends snapped, directions found, defects told (L1).

Ends that meet, within ``SNAP_M``, are one junction; so are an end and the light or the cabinet that
stands there. A cabinet cuts the network: what hangs together without passing through one is a
*part*. A part that touches one cabinet is fed by it, and each of its cables leads away from it; a
part that touches several is a dual feed, one that touches none an island. Loops are found in both.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from gis.geometry import Coordinates, Geometries, Mask

Index = NDArray[np.int64]

SNAP_M: Final = 0.5
"""Ends this near to one another, or to a light, meet: draughtsmen's accuracy. [m]"""


@dataclass(frozen=True, slots=True)
class Cables:
    """Cables of a city.

    Attributes
    ----------
    id : int64 array (c)
    lines : ndarray of LineString or MultiLineString (c)
        Metric; a missing one is left aside.
    feeder : int64 array (c)
        Feeder that each is said to belong to, as a number of the caller's; -1 where nobody says.
    ends : int64 array (c, 2)
        Nodes that its ends are said to be at; -1 where nobody says: then geometry tells.
    """

    id: Index
    lines: Geometries
    feeder: Index
    ends: Index


@dataclass(frozen=True, slots=True)
class CableSupply:
    """What cables say of supply.

    Attributes
    ----------
    node, cabinet : int64 arrays (f)
        Node fed, and the cabinet that feeds it; one row for each cabinet that may.
    feeder : int64 array (f)
        Feeder of the cable through which it is fed; -1 where nobody says.
    alternatives : int64 array (f)
        How many cabinets may feed it: 1 where it is certain.
    start : int64 array (c)
        Vertex index (0 or 1) at which each cable is fed; -1 where nothing feeds it.
    dangling : int64 array
        Ends that meet nothing: ``2 * cable + end``.
    looped, islands, dual : int64 arrays
        Cables on a loop; cables that no cabinet feeds; cables that several do.
    """

    node: Index
    cabinet: Index
    feeder: Index
    alternatives: Index
    start: Index
    dangling: Index
    looped: Index
    islands: Index
    dual: Index


def follow_cables(
    cables: Cables, nodes: Coordinates, cabinet: Mask, above: Index | None = None
) -> CableSupply:
    """Find what each cable feeds, and from where.

    Parameters
    ----------
    cables : Cables
    nodes : ndarray, shape (n, 2)
        Lights, cabinets and whatever cables may end at; NaN where unknown. [m]
    cabinet : bool array (n)
        Which of them are cabinets.
    above : int64 array (n), optional
        Cabinet that a cabinet is said to hang under; -1 elsewhere. A cable between the two is
        then the way down, not a dual feed.

    Notes
    -----
    Cables are numbered by their row in ``cables``. A light that stands along a cable without a
    vertex of it is taken to be on it.
    """
    net = _network(cables, nodes, cabinet)
    is_source = np.zeros(net.vertices, np.bool_)
    at = net.vertex_of_node[cabinet]
    is_source[at[at >= 0]] = True
    part, parts = _parts(net, is_source)
    touching = _touching(net, part, cabinet, above)
    feeds = np.bincount(touching[:, 0], minlength=parts)
    distance, through = _distances(net, is_source)
    direct = _direct(net, cabinet, above)
    rows = _fed(net, part, touching, cabinet, direct)
    of_cable = np.flatnonzero(net.drawn)
    degree = np.bincount(net.ends.ravel(), minlength=net.vertices)
    bare = np.ones(net.vertices, np.bool_)
    bare[net.vertex_of_node[net.vertex_of_node >= 0]] = False
    dangling = np.flatnonzero((degree[net.ends] == 1).ravel() & bare[net.ends].ravel())
    inner = part[net.ends].max(axis=1)  # -1 where it joins two cabinets
    fed = np.where(inner < 0, (direct >= 0).sum(axis=1), np.append(feeds, 0)[inner])
    start = np.full(len(cables.id), -1, np.int64)
    start[of_cable] = np.where(
        np.isfinite(distance[net.ends]).any(axis=1), np.argmin(distance[net.ends], axis=1), -1
    )
    return CableSupply(
        node=rows[:, 0],
        cabinet=rows[:, 1],
        feeder=_feeders(net, cables, through, rows[:, 0]),
        alternatives=np.bincount(rows[:, 0])[rows[:, 0]],
        start=start,
        dangling=of_cable[dangling // 2] * 2 + dangling % 2,
        looped=of_cable[_looped(net)],
        islands=of_cable[fed == 0],
        dual=of_cable[fed > 1],
    )


@dataclass(frozen=True, slots=True)
class _Network:
    """Junctions and the cables between them.

    Attributes
    ----------
    vertices : int
    ends : int64 array (e, 2)
        Junctions of each drawn cable.
    length : float64 array (e)
        [m]
    vertex_of_node : int64 array (n)
        -1 for a node that no cable ends at.
    cable_of_node : int64 array (n)
        Drawn cable along which a node stands that none ends at; -1 elsewhere.
    drawn : bool array (c)
        Cables that have a line.
    """

    vertices: int
    ends: Index
    length: Coordinates
    vertex_of_node: Index
    cable_of_node: Index
    drawn: Mask


def _network(cables: Cables, nodes: Coordinates, cabinet: Mask) -> _Network:
    """Snap ends to one another and to nodes."""
    drawn = ~(shapely.is_missing(cables.lines) | shapely.is_empty(cables.lines))
    lines = cables.lines[drawn]
    vertices, owner = shapely.get_coordinates(lines, return_index=True)
    first = np.searchsorted(owner, np.arange(len(lines)))
    last = np.searchsorted(owner, np.arange(len(lines)), "right") - 1
    spots = vertices[np.stack([first, last], axis=1).ravel()]
    spot_a, node_a = _at_ends(spots, nodes, cables.ends[drawn].ravel())
    line, node_b = _along(lines, nodes, node_a)
    standing = np.full(len(nodes), -1, np.int64)
    standing[node_b] = line
    spot_b, node_b = _nearer_ends(spots, nodes, line, node_b, cabinet)
    standing[node_b] = -1
    tree = cKDTree(spots)
    meeting = tree.query_pairs(SNAP_M, output_type="ndarray") if len(spots) else np.empty((0, 2))
    pairs = np.concatenate(
        [
            meeting.astype(np.int64),
            np.stack([spot_a, len(spots) + node_a], axis=1),
            np.stack([spot_b, len(spots) + node_b], axis=1),
        ]
    )
    size = len(spots) + len(nodes)
    graph = coo_array((np.ones(len(pairs), np.int8), tuple(pairs.T)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    used, junction = np.unique(label[: len(spots)], return_inverse=True)
    at = np.searchsorted(used, label[len(spots) :])
    at = np.where(at < len(used), at, 0)
    met = np.append(used, -1)[at] == label[len(spots) :]
    return _Network(
        vertices=len(used),
        ends=junction.reshape(-1, 2).astype(np.int64),
        length=np.maximum(shapely.length(lines), 1e-3),
        vertex_of_node=np.where(met, at, -1),
        cable_of_node=standing,
        drawn=drawn,
    )


def _at_ends(spots: Coordinates, nodes: Coordinates, named: Index) -> tuple[Index, Index]:
    """Pairs of an end and the node it is at: by name, else the nearest within reach."""
    known = np.flatnonzero(np.isfinite(nodes).all(axis=1))
    free = np.flatnonzero(named < 0)
    if not len(known) or not len(free):
        told = np.flatnonzero(named >= 0)
        return told, named[told]
    distance, nearest = cKDTree(nodes[known]).query(spots[free], distance_upper_bound=SNAP_M)
    met = np.isfinite(distance)
    told = np.flatnonzero(named >= 0)
    return (
        np.concatenate([told, free[met]]),
        np.concatenate([named[told], known[nearest[met]]]),
    )


def _along(lines: Geometries, nodes: Coordinates, taken: Index) -> tuple[Index, Index]:
    """Pairs of a cable and a node that stands along it without being one of its ends."""
    left = np.array(np.isfinite(nodes).all(axis=1))
    left[taken] = False
    rest = np.flatnonzero(left)
    if not len(rest) or not len(lines):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    at, line = shapely.STRtree(lines).query(
        shapely.points(nodes[rest]), predicate="dwithin", distance=SNAP_M
    )
    at, one = np.unique(at, return_index=True)
    return line[one], rest[at]


def _nearer_ends(
    spots: Coordinates, nodes: Coordinates, line: Index, node: Index, cabinet: Mask
) -> tuple[Index, Index]:
    """Pairs of an end of a cable and a cabinet that stands along it: there it is cut."""
    line, node = line[cabinet[node]], node[cabinet[node]]
    away = np.hypot(*np.moveaxis(spots.reshape(-1, 2, 2)[line] - nodes[node][:, None], 2, 0))
    return 2 * line + np.argmin(away, axis=1), node


def _parts(net: _Network, is_source: Mask) -> tuple[Index, int]:
    """Parts that hang together without passing through a cabinet; -1 at cabinets."""
    inner = ~is_source[net.ends].any(axis=1)
    graph = coo_array(
        (np.ones(inner.sum(), np.int8), tuple(net.ends[inner].T)),
        shape=(net.vertices, net.vertices),
    )
    _, label = connected_components(graph, directed=False)
    part = np.full(net.vertices, -1, np.int64)
    outside = np.flatnonzero(~is_source)
    numbers, rank = np.unique(label[outside], return_inverse=True)
    part[outside] = rank
    return part, len(numbers)


def _touching(net: _Network, part: Index, cabinet: Mask, above: Index | None) -> Index:
    """Pairs of a part and a cabinet (node) that touches it; those fed through it left out."""
    node_at = _node_at(net, cabinet)
    both = np.concatenate([net.ends, net.ends[:, ::-1]])
    crossing = (node_at[both[:, 0]] >= 0) & (node_at[both[:, 1]] < 0)
    pairs = np.stack([part[both[crossing, 1]], node_at[both[crossing, 0]]], axis=1)
    pairs = np.unique(pairs, axis=0)
    if above is None or not len(pairs):
        return pairs
    key = pairs[:, 0] * len(cabinet) + pairs[:, 1]
    parent = above[pairs[:, 1]]
    below = (parent >= 0) & np.isin(pairs[:, 0] * len(cabinet) + parent, key)
    return np.asarray(pairs[~below])


def _direct(net: _Network, cabinet: Mask, above: Index | None) -> Index:
    """Cabinets (two columns, -1 for none) that feed a cable whose ends are both at a cabinet."""
    first, second = _node_at(net, cabinet)[net.ends].T
    below = np.full(len(cabinet), -1, np.int64) if above is None else above
    return np.stack(
        [
            np.where((second >= 0) & (below[first] == second), -1, first),
            np.where((first == second) | ((first >= 0) & (below[second] == first)), -1, second),
        ],
        axis=1,
    )


def _fed(net: _Network, part: Index, touching: Index, cabinet: Mask, direct: Index) -> Index:
    """Rows of node and of a cabinet that may feed it: of all nodes but cabinets."""
    at_end, along = net.vertex_of_node >= 0, net.cable_of_node >= 0
    node = np.flatnonzero((at_end | along) & ~cabinet)
    vertex, cable = net.vertex_of_node[node], net.cable_of_node[node]
    parts = np.append(part, -1)[vertex]
    parts[cable >= 0] = part[net.ends[cable[cable >= 0]]].max(axis=1)
    sited = np.stack([np.append(_node_at(net, cabinet), -1)[vertex]] * 2, axis=1)
    sited[:, 1] = -1
    sited[cable >= 0] = direct[cable[cable >= 0]]
    here = (parts < 0)[:, None] & (sited >= 0)
    frame = pl.DataFrame({"node": node, "part": parts}).filter(pl.Series(parts >= 0))
    feeds = pl.DataFrame({"part": touching[:, 0], "cabinet": touching[:, 1]})
    rows = frame.join(feeds, on="part").select("node", "cabinet").to_numpy().reshape(-1, 2)
    found = np.concatenate(
        [np.stack([np.repeat(node, here.sum(axis=1)), sited[here]], axis=1), rows]
    ).astype(np.int64)
    return np.asarray(found[np.lexsort((found[:, 1], found[:, 0]))])


def _node_at(net: _Network, cabinet: Mask) -> Index:
    """Cabinet (node) that stands at each junction; -1 without one."""
    node_at = np.full(net.vertices, -1, np.int64)
    sited = np.flatnonzero(cabinet & (net.vertex_of_node >= 0))
    node_at[net.vertex_of_node[sited]] = sited
    return node_at


def _distances(net: _Network, is_source: Mask) -> tuple[Coordinates, Index]:
    """Way from the nearest cabinet to each junction [m], and the junction before it."""
    sources = np.flatnonzero(is_source)
    if not len(sources):
        return np.full(net.vertices, np.inf), np.full(net.vertices, -1)
    order = np.argsort(-net.length, kind="stable")  # of parallel cables the shortest is kept
    low, high = np.sort(net.ends[order], axis=1).T
    _, one = np.unique((low * net.vertices + high)[::-1], return_index=True)
    keep = order[::-1][one]
    graph = coo_array(
        (net.length[keep], tuple(net.ends[keep].T)), shape=(net.vertices, net.vertices)
    ).tocsr()
    distance, before, _ = dijkstra(
        graph, directed=False, indices=sources, min_only=True, return_predecessors=True
    )
    return distance, before.astype(np.int64)


def _feeders(net: _Network, cables: Cables, before: Index, node: Index) -> Index:
    """Feeder of the cable that leads to each node."""
    said = cables.feeder[net.drawn]
    low, high = np.sort(net.ends, axis=1).T
    order = np.lexsort((net.length, low * net.vertices + high))
    key = (low * net.vertices + high)[order]
    vertex = net.vertex_of_node[node]
    previous = before[vertex]
    wanted = np.minimum(previous, vertex) * net.vertices + np.maximum(previous, vertex)
    if not len(key):
        return np.full(len(node), -1)
    at = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    found = (key[at] == wanted) & (previous >= 0) & (vertex >= 0)
    along = net.cable_of_node[node]
    return np.where(along >= 0, said[along], np.where(found, said[order][at], -1))


def _looped(net: _Network) -> Index:
    """Cables on a loop, or between two: what is left once loose ends are taken away."""
    graph = coo_array(
        (np.ones(len(net.ends), np.int8), tuple(net.ends.T)), shape=(net.vertices, net.vertices)
    )
    count, piece = connected_components(graph, directed=False)
    closed = net.ends[:, 0] == net.ends[:, 1]
    cables = np.bincount(piece[net.ends[:, 0]], minlength=count)
    tree = cables < np.bincount(piece, minlength=count)
    kept = ~tree[piece[net.ends[:, 0]]] & ~closed  # only these are peeled, end by end
    while True:
        degree = np.bincount(net.ends[kept].ravel(), minlength=net.vertices)
        loose = kept & (degree[net.ends] == 1).any(axis=1)
        if not loose.any():
            return np.flatnonzero(kept | closed)
        kept &= ~loose
