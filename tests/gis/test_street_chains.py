import networkx as nx
import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.street_chains import GAP_M, estimated_sections


def chains(points, *keys):
    if len(keys) == 1:
        keys = keys * len(points)
    return estimated_sections(np.array(points, dtype=float), pl.Series(keys, dtype=pl.String))


def test_lights_in_a_row_make_one_line_from_first_to_last():
    made, keys = chains([(60, 0), (0, 0), (30, 0), (90, 0)], "a")
    assert keys == ["a"]
    assert made[0].length == pytest.approx(90)
    assert {made[0].coords[0], made[0].coords[-1]} == {(0, 0), (90, 0)}


def test_a_gap_cuts_the_street_in_two():
    made, keys = chains([(0, 0), (30, 0), (30 + GAP_M + 1, 0), (60 + GAP_M + 1, 0)], "a")
    assert keys == ["a", "a"]
    assert shapely.length(made).tolist() == pytest.approx([30, 30])


def test_streets_of_two_names_do_not_join():
    made, keys = chains([(0, 0), (30, 0), (0, 5), (30, 5)], "a", "a", "b", "b")
    assert keys == ["a", "b"]
    assert shapely.length(made).tolist() == pytest.approx([30, 30])


def test_masts_that_alternate_between_pavements_make_a_line_between_them():
    zigzag = [(15 * n, 10 if n % 2 else -10) for n in range(12)]
    made, _ = chains(zigzag, "a")
    inner = shapely.get_coordinates(made)[1:-1]
    assert np.allclose(inner[:, 1], 0)
    assert made[0].length == pytest.approx(165, rel=0.04)  # the zigzag itself measures 275 m


def test_a_mast_across_the_road_is_no_street():
    made, _ = chains([(0, 0), (30, 0), (60, 0), (30, 12)], "a")
    assert len(made) == 1
    assert made[0].length == pytest.approx(60)


def test_a_crossroads_makes_one_line_an_arm():
    arms = [(30, 0), (60, 0), (-30, 0), (-60, 0), (0, 30), (0, 60)]
    made, _ = chains([(0, 0), *arms], "a")
    assert sorted(shapely.length(made).round(6)) == [60, 60, 60]


def test_a_light_that_stands_alone_keeps_its_street():
    made, keys = chains([(0, 0), (500, 0)], "a", "b")
    assert keys == ["a", "b"]
    assert shapely.length(made).tolist() == [0, 0]


def test_lights_on_the_same_spot_do_not_break_the_chain():
    made, _ = chains([(0, 0), (0, 0), (30, 0)], "a")
    assert shapely.length(made).sum() == pytest.approx(30)


def test_lights_without_a_name_or_a_place_make_no_street():
    made, keys = chains([(0, 0), (30, 0), (np.nan, np.nan)], None, None, "a")
    assert (len(made), keys) == (0, [])


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 400), st.sampled_from("ab")),
        min_size=1, max_size=25, unique=True,
    )
)  # fmt: skip
def test_lines_are_never_longer_than_the_shortest_tree(lights):
    made, keys = chains([(x, y) for x, y, _ in lights], *(key for *_, key in lights))
    for key in "ab":
        graph = nx.Graph()
        mine = [(x, y) for x, y, k in lights if k == key]
        for i, a in enumerate(mine):
            for b in mine[i + 1 :]:
                distance = float(np.hypot(a[0] - b[0], a[1] - b[1]))
                if distance <= GAP_M:
                    graph.add_edge(a, b, weight=distance)
        tree = nx.minimum_spanning_tree(graph).size(weight="weight")
        total = sum(line.length for line, k in zip(made, keys, strict=True) if k == key)
        assert total <= tree + 1e-6
    assert set(keys) == {key for *_, key in lights}
