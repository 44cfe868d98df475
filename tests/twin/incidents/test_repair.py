"""What one device is worth, and the order of repairs, against every order there is."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.incidents.networks import forests, meshes
from tests.twin.incidents.oracle import Network
from twin.incidents.outage import Outage
from twin.incidents.repair import repair_order, single_failures, streets_relit, tree_order


def missing(order: list[int], worth: list[float], takes: list[float]) -> float:
    """Light still missing, summed over the time that an order takes."""
    left = total = sum(worth)
    lost = 0.0
    for node in order:
        lost += left * takes[node]
        left -= worth[node]
    assert left == pytest.approx(0, abs=1e-6 * max(1.0, total))
    return lost


def allowed(order: tuple[int, ...], above: list[int]) -> bool:
    seen: set[int] = set()
    for node in order:
        if above[node] >= 0 and above[node] not in seen:
            return False
        seen.add(node)
    return True


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_no_order_brings_light_back_sooner(data: st.DataObject) -> None:
    """Up to six devices: every order that repairs what is above first."""
    count = data.draw(st.integers(0, 6))
    above = [data.draw(st.integers(-1, node - 1)) for node in range(count)]
    worth = [float(data.draw(st.integers(0, 9))) for _ in range(count)]
    takes = [float(data.draw(st.integers(1, 4))) for _ in range(count)]
    found = tree_order(
        np.array(above, np.int32),
        np.array(worth),
        np.arange(count, dtype=np.int32),
        np.array(takes),
    ).tolist()
    assert sorted(found) == list(range(count))
    assert allowed(tuple(found), above)
    best = min(
        (missing(list(order), worth, takes) for order in permutations(range(count))
         if allowed(order, above)),
        default=0.0,
    )  # fmt: skip
    assert missing(found, worth, takes) == pytest.approx(best)


def town() -> Network:
    """A substation over two cabinets; all three are out, and a lamp hangs on the substation."""
    return Network(
        parents={1: [], 2: [1], 3: [1]},
        lights={10: 1, 20: 2, 21: 2, 30: 3, 31: 3, 32: 3},
        cm=dict.fromkeys((10, 20, 21, 30, 31, 32), 1000),
        street={10: 7, 20: 8, 21: 8, 30: 8, 31: 9, 32: 9},
        residents=dict.fromkeys((10, 20, 21, 30, 31, 32), 2000),
    )


def test_what_is_above_comes_first_and_then_what_is_worth_most() -> None:
    supply = town().supply()
    outage = Outage(supply, np.arange(3))
    found = repair_order(outage)
    codes = supply.device_id[found.device].tolist()
    assert codes == [1, 3, 2]
    assert found.lights.tolist() == [1, 3, 2]
    assert found.residents_thousandths.tolist() == [2000, 6000, 4000]


def test_what_is_put_right_soon_goes_before_what_is_worth_a_little_more() -> None:
    supply = town().supply()
    found = repair_order(Outage(supply, np.arange(3)), duration_h=np.array([1.0, 2.0, 8.0]))
    assert supply.device_id[found.device].tolist() == [1, 2, 3]
    assert found.done_h.tolist() == [1.0, 3.0, 11.0]


def test_the_streets_that_a_crew_relights_are_those_of_its_own_step() -> None:
    network = town()
    supply = network.supply()
    around = network.surroundings(supply)
    outage = Outage(supply, np.arange(3))
    place = int(supply.place_of(np.array([3]))[0])
    found = streets_relit(outage, around, place)
    assert found.street_id.tolist() == [9, 8]
    assert found.attributed_cm.tolist() == [2000, 1000]


@given(st.one_of(forests(), meshes()), st.sets(st.integers(0, 11)))
def test_repairs_bring_back_all_that_is_dark_once(network: Network, out: set[int]) -> None:
    supply = network.supply()
    places = np.array(sorted(k for k in out if k < len(supply)), np.int64)
    outage = Outage(supply, places)
    found = repair_order(outage)
    assert found.lights.sum() == outage.totals.lights
    assert found.attributed_cm.sum() == outage.totals.attributed_cm
    assert set(found.device.tolist()) == set(places.tolist())  # nothing else needs a repair


@given(forests())
def test_each_single_failure_is_the_outage_of_that_device(network: Network) -> None:
    supply = network.supply()
    found = single_failures(supply)
    for place in range(len(supply)):
        one = Outage(supply, np.array([place])).totals
        assert found.lights[place] == one.lights
        assert found.attributed_cm[place] == one.attributed_cm
        unknown = int(found.residents_unknown[place])
        assert (unknown > 0) == (one.residents_thousandths is None)
        if one.residents_thousandths is not None:
            assert found.residents_thousandths[place] == one.residents_thousandths
