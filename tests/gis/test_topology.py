import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.likely_cabinets import CANDIDATES, INSIDE, likely_cabinets
from gis.register import (
    DOUBTFUL_CONFIDENCE,
    REFERENCE_COLUMNS,
    REGISTER_CONFIDENCE,
    cycle_members,
)
from gis.topology import build_topology


def city(*things):
    """Things as (kind, code, (x, y) or None, {reference: code})."""
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
    return build_topology(pl.DataFrame(rows, schema=schema), places)


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
