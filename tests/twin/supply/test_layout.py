"""Preorder layout: intervals, prefix sums, defects of the register."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.incidents.networks import forests
from tests.twin.incidents.oracle import Network, on_the_way_up
from twin.supply import Supply
from twin.supply.order import preorder
from twin.supply.ranges import apportion, concat_ranges


def build(parents: dict[int, int | None], lights: dict[int, int | None]) -> Supply:
    return Supply.from_frames(
        pl.DataFrame(
            {"asset_id": list(parents), "parent_id": list(parents.values())},
            schema={"asset_id": pl.Int64, "parent_id": pl.Int64},
        ),
        pl.DataFrame(
            {"asset_id": list(lights), "supply_id": list(lights.values())},
            schema={"asset_id": pl.Int64, "supply_id": pl.Int64},
        ),
    )


def test_everything_below_a_device_is_one_slice() -> None:
    supply = build({10: None, 11: 10, 12: 10, 13: 11}, {1: 13, 2: 12, 3: 11, 4: 10, 5: None})
    assert supply.device_id.tolist() == [10, 11, 13, 12]
    assert supply.end.tolist() == [4, 3, 3, 4]
    below = supply.place_of(np.array([11]))[0]
    lights = supply.light_id[supply.first_light[below] : supply.last_light[below]]
    assert sorted(lights.tolist()) == [1, 3]
    assert supply.lights_below().tolist() == [4, 2, 1, 1]


@given(forests())
def test_the_lights_below_a_device_are_those_it_is_on_the_way_up_of(network: Network) -> None:
    supply = network.supply()
    assert sorted(supply.light_id.tolist()) == sorted(network.lights)
    for place, device in enumerate(supply.device_id.tolist()):
        a, b = supply.first_light[place], supply.last_light[place]
        expected = {x for x, d in network.lights.items() if device in on_the_way_up(network, d)}
        assert set(supply.light_id[a:b].tolist()) == expected
        assert supply.sum_cm[b] - supply.sum_cm[a] == sum(network.cm[x] for x in expected)


@given(forests(), st.randoms(use_true_random=False))
def test_the_layout_does_not_depend_on_the_order_of_rows(network: Network, random: object) -> None:
    rows = list(network.lights.items())
    random.shuffle(rows)  # type: ignore[attr-defined]
    shuffled = Network(
        network.parents, dict(rows), network.cm, network.street, network.residents
    ).supply()
    supply = network.supply()
    assert shuffled.light_id.tolist() == supply.light_id.tolist()
    assert shuffled.sum_residents.tolist() == supply.sum_residents.tolist()


def test_a_deep_chain_is_numbered_without_recursion() -> None:
    order = preorder(np.arange(-1, 4999, dtype=np.int32))
    assert order.order.tolist() == list(range(5000))
    assert (order.end == 5000).all()


def test_a_cycle_cannot_be_numbered_depth_first() -> None:
    with pytest.raises(ValueError, match="no cycle"):
        preorder(np.array([1, 0], np.int32))


def test_what_the_register_gets_wrong_is_reported_and_does_not_stop_the_answer() -> None:
    supply = build({1: 1, 2: 99, 3: 2, 4: 5, 5: 4}, {10: 3, 11: 98, 12: None})
    assert supply.defects.self_fed == (1,)
    assert supply.defects.unknown_parent == (2,)
    assert supply.defects.cycles == ((4, 5),)
    assert supply.defects.unsupplied_lights == (11, 12)
    assert supply.defects


def test_two_devices_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="distinct"):
        Supply.build(np.array([1, 1]), np.array([-1, -1]), np.empty(0, int), np.empty(0, int))


def test_residents_of_a_section_are_shared_by_length_and_none_is_lost() -> None:
    lights = pl.DataFrame(
        {
            "asset_id": [1, 2, 3, 4],
            "supply_id": [9] * 4,
            "attributed_cm": [1, 1, 1, 5],
            "section_id": [7, 7, 7, None],
        }
    )
    sections = pl.DataFrame({"section_id": [7], "residents_thousandths": [10_000]})
    supply = Supply.from_frames(
        pl.DataFrame(
            {"asset_id": [9], "parent_id": [None]}, schema_overrides={"parent_id": pl.Int64}
        ),
        lights,
        sections,
    )
    assert np.diff(supply.sum_residents).tolist() == [3334, 3333, 3333, 0]
    assert supply.sum_unknown[-1] == 0  # a light on no street answers for nobody


def test_residents_that_nobody_counted_stay_unknown() -> None:
    lights = pl.DataFrame({"asset_id": [1], "supply_id": [9], "section_id": [7]})
    devices = pl.DataFrame(
        {"asset_id": [9], "parent_id": [None]}, schema_overrides={"parent_id": pl.Int64}
    )
    sections = pl.DataFrame(
        {"section_id": [7], "residents_thousandths": [None]},
        schema_overrides={"residents_thousandths": pl.Int64},
    )
    assert Supply.from_frames(devices, lights, sections).sum_unknown[-1] == 1
    assert Supply.from_frames(devices, lights).sum_unknown[-1] == 1


@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 10**6)), max_size=20),
)
def test_apportionment_loses_nothing_and_stays_within_one_unit_of_due(
    amounts: list[int], holders: list[tuple[int, int]]
) -> None:
    key = np.array([min(k, len(amounts) - 1) for k, _ in holders], np.int32)
    weight = np.array([w for _, w in holders], np.int64)
    share = apportion(np.array(amounts, np.int64), key, weight)
    for k, amount in enumerate(amounts):
        mine = key == k
        if not mine.any():
            continue
        assert share[mine].sum() == amount
        heavy = weight[mine] if weight[mine].sum() else np.ones(mine.sum())
        assert (np.abs(share[mine] - amount * heavy / heavy.sum()) < 1 + 1e-6).all()
    assert (share[key < 0] == 0).all()


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5))))
def test_joined_ranges_are_the_ranges_joined(spans: list[tuple[int, int]]) -> None:
    start = np.array([a for a, _ in spans], np.int64)
    end = np.array([a + n for a, n in spans], np.int64)
    expected = [x for a, n in spans for x in range(a, a + n)]
    assert concat_ranges(start, end).tolist() == expected


def test_a_probability_grows_down_the_tree() -> None:
    supply = build({1: None, 2: 1, 3: 2}, {})
    dead = supply.downward(np.array([0.5, 0.0, 0.5]), np.array([1.0, 0.8, 1.0]))
    assert dead.tolist() == pytest.approx([0.5, 0.4, 0.7])
