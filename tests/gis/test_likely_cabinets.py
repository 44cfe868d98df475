import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.geometry import metric_points
from gis.hidden_truth import judge, known_lights
from gis.likely_cabinets import (
    CANDIDATES,
    INSIDE,
    WEIGHTS,
    Evidence,
    Streets,
    fit,
    likely_cabinets,
)
from gis.register import REFERENCE_COLUMNS
from gis.reliability import reliability
from gis.topology import build_topology
from tests.gis.test_open_data import CABINETS, LIGHTS, rows


def test_of_two_cabinets_the_nearer_is_likelier_and_a_far_one_has_its_share():
    candidates, chance = likely_cabinets(np.zeros((1, 2)), np.array([[0.0, 100.0], [0.0, 300.0]]))
    assert candidates.tolist() == [[0, 1]]
    # distances are 1/2 and 3/2 of the mean: exp(-3.16) to one
    assert chance[0] == pytest.approx(INSIDE * np.array([1, np.exp(-3.16)]) / (1 + np.exp(-3.16)))


def test_a_cabinet_that_touches_the_street_beats_a_nearer_one_behind_the_houses():
    lights = np.array([[0.0, 0.0], [300.0, 0.0]])  # one long street
    cabinets = np.array([[0.0, 120.0], [300.0, 5.0]])
    plain, _ = likely_cabinets(lights[:1], cabinets)
    assert plain[0, 0] == 0
    along, chance = likely_cabinets(
        lights, cabinets, streets=Streets(np.array([4, 4]), np.array([9, 4]))
    )
    assert along[0, 0] == 1
    assert chance[0, 0] > 0.5


def test_a_light_goes_with_the_known_light_of_its_street_even_to_a_cabinet_far_away():
    cabinets = np.array([[50.0 * k, 30.0] for k in range(12)])
    lights = np.array([[0.0, 0.0], [25.0, 0.0]])
    street = Streets(np.array([1, 1]), np.full(12, -1))
    candidates, chance = likely_cabinets(lights, cabinets, streets=street, told=np.array([-1, 11]))
    assert candidates[0, 0] == 11  # none of the nearest eight
    assert chance[0, 0] > 0.8
    other = Streets(np.array([1, 2]), np.full(12, -1))
    candidates, _ = likely_cabinets(lights, cabinets, streets=other, told=np.array([-1, 11]))
    assert 11 not in candidates


def test_a_light_without_a_street_is_judged_by_distance_alone():
    lights, cabinets = np.array([[0.0, 0.0], [0, 50.0]]), np.array([[0.0, 20.0], [0.0, 90.0]])
    some = likely_cabinets(lights, cabinets, streets=Streets(np.array([-1, 3]), np.array([3, 3])))
    none = likely_cabinets(lights, cabinets)
    assert some[1][0] == pytest.approx(none[1][0])
    assert some[1][1] != pytest.approx(none[1][1])


@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_chances_fall_and_always_sum_to_the_same(count, seed):
    rng = np.random.default_rng(seed)
    streets = Streets(rng.integers(-1, 3, 20), rng.integers(-1, 3, count))
    told = rng.integers(-1, count, 20)
    found, chance = likely_cabinets(
        rng.uniform(0, 1e3, (20, 2)), rng.uniform(0, 1e3, (count, 2)), streets=streets, told=told
    )
    assert found.shape == chance.shape == ((told < 0).sum(), min(count, CANDIDATES))
    assert (np.diff(chance, axis=1) <= 1e-12).all()
    assert chance.sum(axis=1) == pytest.approx(INSIDE)
    assert all(len(set(row)) == len(row) for row in found.tolist())


def test_fitting_finds_the_weights_that_made_the_truth():
    rng = np.random.default_rng(5)
    columns = rng.uniform(0, 2, (40_000, 4, 6))
    made = np.array([-2.0, 1.0, 0.5, -1.0, 2.0, 0.0])
    found = Evidence(np.tile(np.arange(4), (40_000, 1)), columns)
    true = (columns @ made + rng.gumbel(size=(40_000, 4))).argmax(axis=1)
    assert fit(found, true) == pytest.approx(made, abs=0.06)
    assert fit(found, np.full(40_000, 9)) == pytest.approx(WEIGHTS)  # taught by nobody


def test_reliability_of_a_hand_made_table():
    said = np.array([[0.9, 0.1], [0.8, 0.2], [0.85, 0.05]])
    right = np.array([[True, False], [False, True], [True, False]])
    found = reliability(said, right)
    assert found.first_right == pytest.approx(2 / 3)
    assert found.among == 1.0
    assert found.brier == pytest.approx((0.01 + 0.01 + 0.64 + 0.64 + 0.0225 + 0.0025) / 6)
    assert found.table.select("low", "count", "right").rows() == [
        (0.0, 1, 0.0), (0.1, 1, 0.0), (0.2, 1, 1.0), (0.8, 2, 0.5), (0.9, 1, 1.0),
    ]  # fmt: skip


def test_nobody_known_judges_nothing():
    nodes = pl.DataFrame(
        {
            "asset_id": [1],
            "kind": ["streetlight"],
            "code": ["L"],
            **{column: [None] for column in REFERENCE_COLUMNS},
        },
        schema_overrides=dict.fromkeys(REFERENCE_COLUMNS, pl.String),
    )
    topology = build_topology(nodes, np.zeros((1, 2)))
    assert judge(known_lights(topology.links, nodes, np.zeros((1, 2)))).hidden == 0


@pytest.fixture(scope="module")
def lecce(shared_data):
    """What the register of Lecce says, gathered as the store would."""
    parts = [
        rows(shared_data / file, layer).with_columns(pl.lit(kind).alias("kind"))
        for file, layer, kind in [
            (CABINETS, "cabinets", "cabinet"),
            (LIGHTS, "feeders", "feeder"),
            (LIGHTS, "streetlights", "streetlight"),
        ]
    ]
    nodes = pl.concat(parts, how="diagonal_relaxed").with_row_index("asset_id", 1)
    nodes = nodes.with_columns(
        pl.col("asset_id").cast(pl.Int64),
        *(pl.lit(None, pl.String).alias(c) for c in REFERENCE_COLUMNS if c not in nodes.columns),
    )
    places = metric_points(nodes["longitude"], nodes["latitude"], 32634)
    return known_lights(build_topology(nodes, places).links, nodes, places)


@pytest.mark.shared_data
def test_on_lecce_hidden_cabinets_are_found_as_often_as_the_documentation_says(lecce):
    found = judge(lecce)
    assert found.hidden == 20_631
    assert found.nearest_right == pytest.approx(0.506, abs=0.005)
    assert found.as_shipped.first_right == pytest.approx(0.577, abs=0.01)
    assert found.held_out.first_right == pytest.approx(0.575, abs=0.01)
    assert found.held_out.among == pytest.approx(0.96, abs=0.005)


@pytest.mark.shared_data
@pytest.mark.parametrize(("share", "right"), [(1.0, 0.577), (0.9, 0.80), (0.5, 0.943)])
def test_on_lecce_chances_keep_their_word_whatever_is_hidden(lecce, share, right):
    found = judge(lecce, share=share)
    assert found.as_shipped.first_right == pytest.approx(right, abs=0.015)
    for judged in (found.as_shipped, found.held_out):
        assert judged.error < 0.012
        often = judged.table.filter(judged.table["count"] >= 300)
        assert (often["said"] - often["right"]).abs().max() < 0.1
