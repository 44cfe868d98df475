import json

import networkx as nx
import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.likely_cabinets import CANDIDATES, INSIDE, likely_cabinets
from gis.register import (
    DOUBTFUL_CONFIDENCE,
    REFERENCE_COLUMNS,
    REGISTER_CONFIDENCE,
    cycle_members,
)
from gis.topology import CABLE_CONFIDENCE, DrawnCables, build_topology


def city(*things, cables=()):
    """Things: (kind, code, (x, y) or None, {reference: code}); cables: (points, {name: code})."""
    rows = [
        {
            "asset_id": number,
            "kind": kind,
            "code": code,
            **dict.fromkeys(REFERENCE_COLUMNS),
            **references,
        }
        for number, (kind, code, _, references) in enumerate(things, start=1)
    ]
    schema = {"asset_id": pl.Int64, "kind": pl.String, "code": pl.String}
    schema.update(dict.fromkeys(REFERENCE_COLUMNS, pl.String))
    places = np.array([place or (np.nan, np.nan) for *_, place, _ in things], dtype=float)
    return build_topology(pl.DataFrame(rows, schema=schema), places, drawn(cables))


def drawn(cables):
    named = ("feeder", "from_node", "to_node")
    rows = [
        {"asset_id": 900 + n, "code": f"c{n}", **dict.fromkeys(named), **names}
        for n, (_, names) in enumerate(cables)
    ]
    schema = {"asset_id": pl.Int64, "code": pl.String, **dict.fromkeys(named, pl.String)}
    lines = np.array([shapely.LineString(points) for points, _ in cables], dtype=object)
    return DrawnCables(pl.DataFrame(rows, schema=schema), lines)


def dirty(topology):
    return set(topology.defects.select("defect", "detail").iter_rows())


def facts(topology):
    return [json.loads(each) for each in topology.defects["facts"]]


def links_of(topology, role="supplies"):
    kept = topology.links.filter(pl.col("role") == role)
    return {(c, p): (rung, conf) for c, p, rung, conf in
            kept.select("child_id", "parent_id", "rung", "confidence").iter_rows()}  # fmt: skip


def reasons(topology):
    return {finding.reason: [item.value for item in finding.items] for finding in topology.findings}


def test_a_feeder_named_on_the_light_is_rung_zero_and_a_cabinet_rung_two():
    topology = city(
        ("cabinet", "A", (0, 0), {}),
        ("feeder", "A-1", None, {"cabinet": "A"}),
        ("streetlight", "L1", (10, 0), {"feeder": "A-1", "cabinet": "A"}),
        ("streetlight", "L2", (20, 0), {"cabinet": "A"}),
    )
    assert links_of(topology) == {
        (2, 1): (0, REGISTER_CONFIDENCE),
        (3, 2): (0, REGISTER_CONFIDENCE),
        (4, 1): (2, REGISTER_CONFIDENCE),
    }
    assert not topology.findings


def test_a_feeder_that_is_unknown_leaves_the_cabinet():
    topology = city(
        ("cabinet", "A", (0, 0), {}),
        ("streetlight", "L1", (10, 0), {"feeder": "A-9", "cabinet": "A"}),
    )
    assert links_of(topology) == {(2, 1): (2, REGISTER_CONFIDENCE)}
    assert reasons(topology)["feeder that nothing is called"] == ["L1 → A-9"]


def test_a_sub_cabinet_hangs_under_its_cabinet_rather_than_the_substation():
    topology = city(
        ("substation", "P", (0, 0), {}),
        ("cabinet", "A", (5, 0), {"substation": "P"}),
        ("cabinet", "B", (9, 0), {"substation": "P", "parent_cabinet": "A"}),
    )
    assert set(links_of(topology)) == {(2, 1), (3, 2)}


def test_a_name_that_stands_for_nothing_is_told_and_nothing_is_guessed_for_it():
    topology = city(
        ("cabinet", "A", (0, 0), {}),
        ("feeder", "Z-1", None, {"cabinet": "Z"}),
        ("streetlight", "L1", (10, 0), {"cabinet": "Z"}),
    )
    assert links_of(topology) == {}
    found = reasons(topology)
    assert found["cabinet that nothing is called"] == ["L1 → Z"] or "Z-1 → Z" in str(found)
    assert found["feeder that nothing known feeds"] == ["Z-1"]
    assert found["streetlight that nothing known feeds"] == ["L1"]


def test_a_light_without_any_reference_gets_its_likely_cabinets():
    topology = city(
        *(("cabinet", f"A{n}", (100.0 * n, 0), {}) for n in range(7)),
        ("streetlight", "L1", (90.0, 0), {}),
    )
    found = links_of(topology)
    assert {rung for rung, _ in found.values()} == {3}
    best = max(found, key=lambda link: found[link][1])
    assert best == (8, 2)  # the cabinet at 100 m
    assert sum(chance for _, chance in found.values()) <= INSIDE + 1e-9
    assert topology.links["source"].unique().to_list() == ["nearest"]


def test_where_there_is_no_cabinet_at_all_nothing_is_linked():
    topology = city(("streetlight", "L1", (0, 0), {}), ("streetlight", "L2", None, {}))
    assert topology.links.height == 0
    assert reasons(topology) == {"streetlight that nothing known feeds": ["L1", "L2"]}


def test_a_light_kilometres_from_its_cabinet_is_doubted():
    topology = city(
        ("cabinet", "A", (0, 0), {}),
        ("feeder", "A-1", None, {"cabinet": "A"}),
        ("streetlight", "near", (1999, 0), {"feeder": "A-1"}),
        ("streetlight", "far", (5800, 0), {"feeder": "A-1"}),
        ("streetlight", "far too", (0, 2001), {"cabinet": "A"}),
        ("streetlight", "somewhere", None, {"cabinet": "A"}),
    )
    confidence = {child: value for (child, _), (_, value) in links_of(topology).items()}
    assert confidence[3] == confidence[6] == REGISTER_CONFIDENCE
    assert confidence[4] == confidence[5] == DOUBTFUL_CONFIDENCE
    assert reasons(topology)["light far from its cabinet, link doubted"] == [
        "far: 5.8 km", "far too: 2.0 km",
    ]  # fmt: skip


def test_cabinets_that_feed_each_other_lose_their_links_and_are_told():
    topology = city(
        ("cabinet", "A", (0, 0), {"parent_cabinet": "B"}),
        ("cabinet", "B", (1, 0), {"parent_cabinet": "A"}),
        ("cabinet", "C", (2, 0), {"parent_cabinet": "B"}),
        ("cabinet", "D", (3, 0), {"parent_cabinet": "D"}),
    )
    assert set(links_of(topology)) == {(3, 2)}
    found = reasons(topology)
    assert found["supply that leads back to itself, links left out"] == ["A", "B"]
    assert found["parent_cabinet that nothing is called"] == ["D → D"]


def test_gateways_parks_and_valves_hang_where_the_register_says():
    topology = city(
        ("cabinet", "A", (0, 0), {}),
        ("feeder", "F", None, {"cabinet": "A"}),
        ("gateway", "G1", (0, 0), {"supplied_by": "A"}),
        ("gateway", "G2", (0, 0), {"supplied_by": "F"}),
        ("park", "P", (0, 0), {}),
        ("point_of_connection", "PC", (0, 0), {"park": "P"}),
        ("valve", "V", (0, 0), {"point_of_connection": "PC"}),
        ("hydrozone", "H", (0, 0), {"park": "P", "valve": "V"}),
    )
    assert {(3, 1), (4, 2)} <= set(links_of(topology))
    assert set(links_of(topology, "part_of")) == {(6, 5), (7, 6), (8, 5)}
    assert set(links_of(topology, "controls")) == {(8, 7)}


@given(st.lists(st.integers(-1, 11), min_size=12, max_size=12))
def test_cycles_are_those_that_a_graph_library_finds(parents):
    graph = nx.DiGraph((child, parent) for child, parent in enumerate(parents) if parent >= 0)
    expected = {node for cycle in nx.simple_cycles(graph) for node in cycle}
    assert set(cycle_members(np.array(parents)).tolist()) == expected


@given(st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_likely_cabinets_are_ordered_and_leave_room_for_another(count, seed):
    rng = np.random.default_rng(seed)
    nearest, chance = likely_cabinets(rng.uniform(0, 1e3, (20, 2)), rng.uniform(0, 1e3, (count, 2)))
    assert nearest.shape == chance.shape == (20, min(count, CANDIDATES))
    assert (np.diff(chance, axis=1) <= 1e-12).all()
    assert chance.sum(axis=1) == pytest.approx(INSIDE)


# --------------------------------------------------------------- cables and contradictions
def test_a_feeder_of_one_cabinet_and_another_cabinet_named_is_told_and_the_feeder_holds():
    topology = city(
        ("cabinet", "A", (0, 0), {}),
        ("cabinet", "B", (9, 0), {}),
        ("feeder", "A-1", None, {"cabinet": "A"}),
        ("streetlight", "L1", (10, 0), {"feeder": "A-1", "cabinet": "B"}),
    )
    assert links_of(topology)[(4, 3)][0] == 0
    assert dirty(topology) == {("two_parents", "L1: A-1 of A, or B")}
    assert facts(topology) == [{"feeder": "A-1", "above": "A", "cabinet": "B"}]
    assert topology.defects["asset_id"].to_list() == [4]


def test_cables_feed_what_the_register_does_not_say_and_refine_what_it_does():
    topology = city(
        ("cabinet", "A", (0, 0), {}),
        ("feeder", "A-1", None, {"cabinet": "A"}),
        ("streetlight", "L1", (10, 0), {}),
        ("streetlight", "L2", (20, 0), {"cabinet": "A"}),
        ("streetlight", "L3", (30, 0), {"feeder": "A-1"}),
        cables=[([(0, 0), (10, 0), (20, 0), (30, 0)], {"feeder": "A-1"})],
    )
    found = links_of(topology)
    assert found[(3, 2)] == found[(4, 2)] == (1, CABLE_CONFIDENCE)
    assert found[(5, 2)] == (0, REGISTER_CONFIDENCE)
    assert (4, 1) not in found  # one parent a light: the finer one
    assert not dirty(topology)


def test_where_register_and_cables_disagree_the_register_holds_and_it_is_told():
    topology = city(
        ("cabinet", "A", (0, 0), {}),
        ("cabinet", "B", (500, 0), {}),
        ("streetlight", "L1", (10, 0), {"cabinet": "B"}),
        ("streetlight", "L2", (20, 0), {"cabinet": "A"}),
        cables=[([(0, 0), (10, 0)], {}), ([(10, 0), (20, 0)], {})],
    )
    assert {link: rung for link, (rung, _) in links_of(topology).items()} == {(3, 2): 2, (4, 1): 2}
    assert dirty(topology) == {("contradicted", "L1: B, cables lead to A")}
    assert facts(topology) == [{"said": "B", "drawn": "A"}]


def test_two_cabinets_on_one_cable_share_the_light_and_a_named_feeder_settles_it():
    things = (
        ("cabinet", "A", (0, 0), {}),
        ("cabinet", "B", (30, 0), {}),
        ("feeder", "B-1", None, {"cabinet": "B"}),
        ("streetlight", "L1", (10, 0), {}),
        ("streetlight", "L2", (20, 0), {}),
    )
    open_end = [([(0, 0), (10, 0)], {}), ([(10, 0), (20, 0), (30, 0)], {})]
    topology = city(*things, cables=open_end)
    shared = {(4, 1), (4, 2), (5, 1), (5, 2)}
    assert {link for link, (_, p) in links_of(topology).items() if p < 0.5} == shared
    assert {(d, code) for d, code in dirty(topology) if code.startswith("L")} == {
        ("dual_feed", "L1"),
        ("dual_feed", "L2"),
    }
    named = [(points, {"feeder": "B-1"}) for points, _ in open_end]
    found = links_of(city(*things, cables=named))
    assert found[(4, 3)] == found[(5, 3)] == (1, CABLE_CONFIDENCE)


def test_a_light_is_never_on_two_rungs_of_the_register_and_cables_at_once():
    topology = city(
        ("cabinet", "A", (0, 0), {}),
        ("streetlight", "L1", (10, 0), {"feeder": "unknown"}),
        cables=[([(0, 0), (10, 0)], {})],
    )
    assert links_of(topology) == {(2, 1): (1, CABLE_CONFIDENCE)}
    assert dirty(topology) == {("unknown_parent", "L1 → unknown")}
    assert facts(topology) == [{"named": "unknown"}]


def test_a_neighbour_that_the_register_tells_draws_the_silent_ones_of_its_street():
    lights = [("streetlight", f"L{n}", (100 + 20.0 * n, 0), {}) for n in range(4)]
    lights[0][3]["cabinet"] = "B"
    things = (("cabinet", "A", (150, 30), {}), ("cabinet", "B", (300, 0), {}), *lights)
    rows = [
        {"asset_id": n, "kind": kind, "code": code, **dict.fromkeys(REFERENCE_COLUMNS), **names,
         "street": "rue Haute" if kind == "streetlight" else None}
        for n, (kind, code, _, names) in enumerate(things, start=1)
    ]  # fmt: skip
    schema = {"asset_id": pl.Int64, "kind": pl.String, "code": pl.String, "street": pl.String}
    schema.update(dict.fromkeys(REFERENCE_COLUMNS, pl.String))
    nodes = pl.DataFrame(rows, schema=schema)
    places = np.array([place for *_, place, _ in things], dtype=float)
    best = build_topology(nodes, places).links.sort("confidence").unique("child_id", keep="last")
    assert best["parent_id"].to_list() == [2] * 4  # A is nearer to each of them
    assert best.filter(pl.col("rung") == 3)["confidence"].max() < REGISTER_CONFIDENCE
