import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.cables import Cables, follow_cables


def network(lines, nodes, cabinets, *, feeder=None, ends=None, above=None):
    """Follow cables between points; ``cabinets`` are rows of ``nodes``."""
    shapes = np.array([line and shapely.LineString(line) for line in lines], dtype=object)
    count = len(lines)
    return follow_cables(
        Cables(
            np.arange(count),
            shapes,
            np.full(count, -1) if feeder is None else np.array(feeder),
            np.full((count, 2), -1) if ends is None else np.array(ends),
        ),
        np.array(nodes, dtype=float).reshape(-1, 2),
        np.isin(np.arange(len(nodes)), cabinets),
        None if above is None else np.array(above),
    )


def fed(found):
    return list(zip(found.node.tolist(), found.cabinet.tolist(), strict=True))


def test_ends_that_nearly_meet_carry_supply_away_from_the_cabinet():
    found = network(
        [[(0, 0), (10, 0)], [(20, 0.2), (10, 0.1)], [(20, 0), (30, 0)]],
        [(0, 0), (10, 0), (20, 0), (25, 0.1)],  # the last stands along the last cable
        [0],
        feeder=[7, 7, 7],
    )
    assert fed(found) == [(1, 0), (2, 0), (3, 0)]
    assert found.feeder.tolist() == [7, 7, 7]
    assert found.start.tolist() == [0, 1, 0]  # the second was drawn towards the cabinet
    assert found.dangling.tolist() == [2 * 2 + 1]
    assert not len(found.looped)
    assert not len(found.dual)


def test_a_gap_wider_than_the_snap_is_an_island():
    found = network([[(0, 0), (10, 0)], [(10.6, 0), (20, 0)]], [(0, 0), (20, 0)], [0])
    assert fed(found) == []
    assert found.islands.tolist() == [1]
    assert found.start.tolist() == [0, -1]
    assert found.dangling.tolist() == [1, 2]


def test_a_name_bridges_what_the_drawing_does_not():
    found = network(
        [[(0, 0), (10, 0)]], [(3, 9), (40, 0)], [0], ends=[[0, 1]]
    )  # both ends are drawn elsewhere
    assert fed(found) == [(1, 0)]
    assert not len(found.dangling)


def test_two_cabinets_on_one_cable_feed_what_lies_between_in_doubt():
    found = network(
        [[(0, 0), (10, 0)], [(10, 0), (20, 0)], [(20, 0), (20, 9)]],
        [(0, 0), (10, 0), (20, 0), (20, 9)],
        [0, 2],
    )
    assert fed(found) == [(1, 0), (1, 2), (3, 2)]
    assert found.alternatives.tolist() == [2, 2, 1]
    assert found.dual.tolist() == [0, 1]


def test_the_cable_to_a_sub_cabinet_belongs_to_the_one_above():
    found = network(
        [[(0, 0), (10, 0)], [(10, 0), (20, 0)], [(20, 0), (30, 0)]],
        [(0, 0), (10, 0), (20, 0), (30, 0)],
        [0, 2],
        above=[-1, -1, 0, -1],
    )
    assert fed(found) == [(1, 0), (3, 2)]
    assert not len(found.dual)


def test_a_loop_is_found_and_its_branches_are_not_on_it():
    found = network(
        [
            [(0, 0), (10, 0)],
            [(10, 0), (20, 0)],
            [(20, 0), (10, 5)],
            [(10, 5), (10, 0)],
            [(20, 0), (50, 0)],
        ],
        [(0, 0), (50, 0)],
        [0],
    )
    assert found.looped.tolist() == [1, 2, 3]
    assert fed(found) == [(1, 0)]


def test_a_ring_that_leaves_the_cabinet_and_returns_is_a_loop():
    ring = [(0, 0), (10, 0), (10, 10), (0, 10)]
    lines = [[ring[k], ring[(k + 1) % 4]] for k in range(4)]
    assert network(lines, [ring[0]], [0]).looped.tolist() == [0, 1, 2, 3]


def test_two_cables_between_the_same_junctions_are_a_loop():
    lines = [[(0, 0), (10, 0)], [(0, 0), (5, 5), (10, 0)]]
    assert network(lines, [(0, 0)], [0]).looped.tolist() == [0, 1]


def test_a_light_along_the_first_cable_is_on_its_feeder_not_on_the_cabinet_alone():
    found = network([[(0, 0), (3, 0), (10, 0)]], [(0, 0), (3, 0.2)], [0], feeder=[7])
    assert fed(found) == [(1, 0)]
    assert found.feeder.tolist() == [7]


def test_a_light_along_a_cable_between_two_cabinets_is_on_either():
    found = network([[(0, 0), (10, 0)]], [(0, 0), (5, 0), (10, 0)], [0, 2])
    assert fed(found) == [(1, 0), (1, 2)]
    assert found.alternatives.tolist() == [2, 2]
    assert found.dual.tolist() == [0]
    down = network([[(0, 0), (10, 0)]], [(0, 0), (5, 0), (10, 0)], [0, 2], above=[-1, -1, 0])
    assert fed(down) == [(1, 0)]
    assert not len(down.dual)


def test_a_light_at_the_cabinet_itself_is_on_it():
    assert fed(network([[(0, 0), (10, 0)]], [(0, 0), (0.1, 0)], [0])) == [(1, 0)]


@pytest.mark.parametrize("lines", [[], [None]])
def test_no_cable_or_none_drawn_feeds_nothing(lines):
    found = network(lines, [(0, 0), (1, 0)], [0])
    assert fed(found) == []
    assert found.start.tolist() == [-1] * len(lines)


SPOT = st.integers(0, 7)


@given(st.lists(st.tuples(SPOT, SPOT), max_size=14), st.sets(SPOT, max_size=3))
def test_parts_loops_and_dangling_ends_are_those_of_a_graph_library(pairs, cabinets):
    spots = [(100 * k, 37 * (k % 3)) for k in range(8)]
    pairs = [(a, b) for a, b in pairs if a != b]
    lines = [
        [spots[a], (50 * (a + b) + 3 * n, 500 + n), spots[b]] for n, (a, b) in enumerate(pairs)
    ]
    found = network(lines, spots, sorted(cabinets))
    graph = nx.MultiGraph(pairs)
    inner = graph.copy()
    inner.remove_nodes_from(cabinets)
    expected = set()
    for part in nx.connected_components(inner):
        touching = {c for c in cabinets if c in graph and part & set(graph[c])}
        expected |= {(node, c) for node in part for c in touching}
    assert set(fed(found)) == expected
    bridges = set(map(frozenset, nx.bridges(nx.Graph(graph)))) if pairs else set()
    doubled = {frozenset(p) for p in pairs if graph.number_of_edges(*p) > 1}
    on_cycle = {n for n, p in enumerate(pairs) if frozenset(p) not in bridges - doubled}
    assert on_cycle <= set(found.looped.tolist())
    assert not len(found.dangling)  # something stands at every end
