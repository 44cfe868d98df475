"""One link changed without laying the city out again: equal to doing just that."""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.incidents.networks import forests
from tests.twin.incidents.oracle import Network
from twin.supply import Supply
from twin.supply.edit import with_device_under, with_light_on
from twin.supply.layout import NONE
from twin.supply.ranges import Longs


def same(one: object, other: object) -> bool:
    """Whether two layouts are equal to the last element, what looks ids up included."""
    if is_dataclass(one) and is_dataclass(other):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    return bool(one == other)


def streets(network: Network, supply: Supply) -> Longs:
    return np.array([network.street.get(x, -1) for x in supply.light_id.tolist()], np.int64)


@given(forests(), st.data())
def test_a_light_hung_elsewhere_is_as_if_it_had_always_been_there(
    network: Network, data: st.DataObject
) -> None:
    supply = network.supply()
    if not network.lights:
        return
    light = data.draw(st.sampled_from(sorted(network.lights)))
    device = data.draw(st.sampled_from([None, *network.parents]))
    edited = with_light_on(
        supply, light, NONE if device is None else device, streets(network, supply)
    )
    expected = replace(network, lights={**network.lights, light: device}).supply()
    assert same(edited, expected)
    assert edited.rank_of(np.array([light])) == expected.rank_of(np.array([light]))


@given(forests(), st.data())
def test_a_device_hung_elsewhere_is_as_if_it_had_always_been_there(
    network: Network, data: st.DataObject
) -> None:
    supply = network.supply()
    if not network.parents:
        return
    device = data.draw(st.sampled_from(sorted(network.parents)))
    parent = data.draw(st.sampled_from([None, *network.parents]))
    below = supply.place_of(np.array([device]))[0]
    above = NONE if parent is None else parent
    if parent is not None and below <= supply.place_of(np.array([parent]))[0] < supply.end[below]:
        with pytest.raises(ValueError, match="feed itself"):
            with_device_under(supply, device, above)
        return
    edited = with_device_under(supply, device, above)
    parents = {**network.parents, device: [] if parent is None else [parent]}
    assert same(edited, replace(network, parents=parents).supply())


def test_a_branch_moves_below_a_loop_and_the_loop_itself_does_not() -> None:
    network = Network(
        parents={1: [], 2: [1, 3], 3: [1], 4: [], 5: [4]}, lights={10: 5, 11: 2, 12: 4}
    )
    supply = network.supply()
    assert supply.mesh is not None
    moved = with_device_under(supply, 4, 2)
    assert same(moved, replace(network, parents={**network.parents, 4: [2]}).supply())
    lights = {**network.lights, 10: 2}
    assert same(with_light_on(supply, 10, 2), replace(network, lights=lights).supply())
    with pytest.raises(ValueError, match="loop"):
        with_device_under(supply, 2, 5)


def test_what_is_not_there_cannot_be_hung() -> None:
    supply = Network(parents={1: []}, lights={10: 1}).supply()
    with pytest.raises(KeyError):
        with_light_on(supply, 99, 1)
    with pytest.raises(KeyError):
        with_light_on(supply, 10, 99)
    with pytest.raises(KeyError):
        with_device_under(supply, 1, 99)


def test_the_layout_before_the_edit_stays_as_it_was() -> None:
    network = Network(parents={1: [], 2: [], 3: [2]}, lights={10: 1, 11: 2, 12: 3})
    supply = network.supply()
    with_light_on(supply, 12, 1)
    with_device_under(supply, 3, 1)
    assert same(supply, network.supply())
