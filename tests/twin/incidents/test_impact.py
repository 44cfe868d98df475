"""The interval answers against plain Python, hand-solved cases and limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.incidents import oracle
from tests.twin.incidents.networks import forests, meshes
from tests.twin.incidents.oracle import Network
from twin.incidents.dark import DarkLights, DarkStretches, dark_places, dark_streets
from twin.incidents.impact import impact
from twin.incidents.outage import Outage, relight_values


def ids(*wanted: int) -> np.ndarray:
    return np.array(sorted(wanted), np.int64)


def small_town() -> Network:
    """Substation 1 feeds cabinets 10 and 11; 10 feeds feeders 100 and 101; 11 feeds lights."""
    return Network(
        parents={1: [], 10: [1], 11: [1], 100: [10], 101: [10]},
        lights={1000: 100, 1001: 100, 1002: 101, 1003: 11, 1004: 11, 1005: None},
        cm=dict.fromkeys(range(1000, 1006), 3000),
        street={1000: 7, 1001: 7, 1002: 8, 1003: 8, 1004: 9, 1005: 9},
        residents=dict.fromkeys(range(1000, 1006), 12_500),
        stretches={1: (7, 4000, [1000, 1001]), 2: (8, 2500, [1002, 1003]), 3: (9, 500, [1004])},
        places={
            60: ("crossing", [1000, 1003]),
            61: ("school", [1004, 1005, 1003]),
            62: ("school", []),
        },
        gateways={50: (10, 0.0), 51: (11, 0.0), 52: (100, 4.0), 53: (None, 0.0)},
        sensors={70: 100, 71: None, 72: None, 73: None},
        hears={(50, 70), (50, 71), (50, 72), (51, 72), (53, 73)},
    )


def test_one_cabinet_out_takes_its_feeders_lights_and_nothing_else() -> None:
    network = small_town()
    supply = network.supply()
    found = impact(supply, network.surroundings(supply), supply.place_of(ids(10)), hours_out=2.0)
    assert supply.light_id[found.outage.lights].tolist() == [1000, 1001, 1002]
    assert set(supply.device_id[found.outage.proximate]) == {10}
    assert (found.totals.lights, found.totals.attributed_cm) == (3, 9000)
    assert found.totals.residents_thousandths == 37_500
    assert found.covered_cm == 4000  # rue 8 keeps light 1003: reduced, not dark
    assert found.place_id.tolist() == [60]  # 1 of 2 is half; the school has 0 of 3
    assert found.gateway_id.tolist() == [50]  # 52 lives on its battery for two more hours
    assert found.power_silent_id.tolist() == [70]
    assert found.radio_silent_id.tolist() == [71]  # 72 is still heard by 51
    streets = found.streets
    assert streets.street_id.tolist() == [7, 8]
    assert streets.covered_cm.tolist() == [4000, 0]
    assert supply.device_id[streets.cause].tolist() == [10, 10]


def test_the_resident_sees_the_cabinet_and_the_operator_the_substation() -> None:
    network = small_town()
    supply = network.supply()
    outage = Outage(supply, supply.place_of(ids(1, 10)))
    nearest = dict(
        zip(supply.light_id[outage.lights], supply.device_id[outage.proximate], strict=True)
    )
    assert nearest == {1000: 10, 1001: 10, 1002: 10, 1003: 1, 1004: 1}
    assert set(supply.device_id[outage.root]) == {1}
    assert supply.device_id[outage.roots].tolist() == [1]
    values = dict(
        zip(supply.device_id[outage.out].tolist(), relight_values(outage).tolist(), strict=True)
    )
    assert values == {1: 2, 10: 0}  # repairing 1 brings 1003 and 1004 back, 10 alone nothing


def test_a_light_without_known_supply_is_never_dark() -> None:
    network = small_town()
    supply = network.supply()
    outage = Outage(supply, np.arange(len(supply)))
    assert 1005 not in supply.light_id[outage.lights]
    assert outage.totals.lights == 5
    assert supply.defects.unsupplied_lights == (1005,)


def test_nothing_out_touches_nothing() -> None:
    network = small_town()
    supply = network.supply()
    found = impact(supply, network.surroundings(supply), np.empty(0, np.int32))
    assert found.totals.lights == found.covered_cm == len(found.streets.street_id) == 0
    assert found.totals.residents_thousandths == 0
    assert not len(found.gateway_id)
    assert not len(found.power_silent_id)


def test_a_gateway_down_for_another_reason_silences_what_it_alone_hears() -> None:
    network = small_town()
    supply = network.supply()
    found = impact(
        supply, network.surroundings(supply), np.empty(0, np.int32), gateways_down=ids(53)
    )
    assert found.gateway_id.tolist() == [53]
    assert found.radio_silent_id.tolist() == [73]


def test_equal_metres_give_the_street_to_more_lights_then_to_the_lowest_id() -> None:
    network = Network(
        parents={5: [], 3: [], 4: []},
        lights={1: 5, 2: 3, 3: 4, 4: 4},
        cm={1: 10, 2: 10, 3: 10, 4: 0},
        street={1: 9, 2: 9, 3: 9, 4: 9},
    )
    supply = network.supply()
    around = network.surroundings(supply)
    out = supply.place_of(ids(3, 4, 5))
    assert supply.device_id[impact(supply, around, out).streets.cause].tolist() == [4]
    out = np.sort(supply.place_of(ids(3, 5)))
    assert supply.device_id[impact(supply, around, out).streets.cause].tolist() == [3]


@given(forests(), st.data())
def test_every_output_equals_plain_python_on_any_forest(
    network: Network, data: st.DataObject
) -> None:
    out = data.draw(st.sets(st.sampled_from(sorted(network.parents)))) if network.parents else set()
    hours = {d: data.draw(st.sampled_from([0.5, 2.0, 8.0])) for d in out}
    supply = network.supply()
    places = np.sort(supply.place_of(ids(*out)))
    found = impact(
        supply,
        network.surroundings(supply),
        places,
        hours_out=np.array([hours[int(supply.device_id[p])] for p in places]),
    )
    expected = oracle.answer(network, out, hours)
    outage = found.outage
    lights = supply.light_id[outage.lights].tolist()
    proximate = supply.device_id[outage.proximate].tolist()
    root = supply.device_id[outage.root].tolist()
    streets = found.streets
    with_lights = streets.lights > 0
    assert dict(zip(lights, proximate, strict=True)) == expected["proximate"]
    assert dict(zip(lights, root, strict=True)) == expected["root"]
    assert found.totals.lights == expected["lights"]
    assert found.totals.attributed_cm == expected["cm"]
    assert found.totals.residents_thousandths == expected["residents"]
    assert found.covered_cm == expected["covered"]
    around = network.surroundings(supply)
    assert set(around.stretches.id[found.stretches.row].tolist()) == expected["stretches"]
    assert set(found.place_id.tolist()) == expected["places"]
    assert set(found.gateway_id.tolist()) == expected["gateways"]
    assert set(found.power_silent_id.tolist()) == expected["by_power"]
    assert set(found.radio_silent_id.tolist()) == expected["by_radio"]
    assert {
        street: (n, cm, covered, int(supply.device_id[cause]))
        for street, n, cm, covered, cause in zip(
            streets.street_id[with_lights].tolist(),
            streets.lights[with_lights].tolist(),
            streets.attributed_cm[with_lights].tolist(),
            streets.covered_cm[with_lights].tolist(),
            streets.cause[with_lights],
            strict=True,
        )
    } == expected["streets"]


@given(forests(), st.data())
def test_lights_given_one_by_one_mean_the_same_as_the_devices_they_hang_on(
    network: Network, data: st.DataObject
) -> None:
    out = data.draw(st.sets(st.sampled_from(sorted(network.parents)))) if network.parents else set()
    supply = network.supply()
    around = network.surroundings(supply)
    outage = Outage(supply, supply.place_of(ids(*out)))
    mask, proximate = np.zeros(len(supply.light_id), bool), np.full(len(supply.light_id), -1)
    mask[outage.lights], proximate[outage.lights] = True, outage.proximate
    below, one_by_one = DarkLights.below(outage), DarkLights.where(mask, proximate)
    assert one_by_one.totals(supply) == outage.totals
    assert dark_places(one_by_one, around).tolist() == dark_places(below, around).tolist()
    found, expected = (
        (np.sort(stretches.row), dark_streets(supply, around, dark, stretches))
        for dark, stretches in (
            (one_by_one, DarkStretches.where(mask, around)),
            (below, DarkStretches.below(outage, below, around)),
        )
    )
    assert found[0].tolist() == expected[0].tolist()
    for column in ("street_id", "lights", "attributed_cm", "covered_cm", "cause"):
        assert getattr(found[1], column).tolist() == getattr(expected[1], column).tolist()


@given(forests(), st.data())
def test_repairing_one_device_brings_back_exactly_its_relight_value(
    network: Network, data: st.DataObject
) -> None:
    devices = sorted(network.parents)
    out = data.draw(st.sets(st.sampled_from(devices), min_size=1)) if devices else set()
    if not out:
        return
    supply = network.supply()
    outage = Outage(supply, supply.place_of(ids(*out)))
    for place, value in zip(outage.out, relight_values(outage), strict=True):
        without = outage.out[outage.out != place]
        assert outage.totals.lights - Outage(supply, without).totals.lights == value


@given(meshes(), st.data())
def test_loops_and_dual_feeds_go_dark_exactly_when_no_live_way_is_left(
    network: Network, data: st.DataObject
) -> None:
    out = data.draw(st.sets(st.sampled_from(sorted(network.parents))))
    supply = network.supply()
    outage = Outage(supply, supply.place_of(ids(*out)))
    dead = oracle.dead_devices(network, out)
    expected = sorted(x for x, device in network.lights.items() if device in dead)
    assert sorted(supply.light_id[outage.lights].tolist()) == expected
    assert len(outage.proximate) == len(outage.root) == len(expected)
    for device, cutting in outage.cut_by.items():
        cut = set(supply.device_id[cutting].tolist())
        assert cut <= out
        assert int(supply.device_id[device]) in oracle.dead_devices(network, cut)


def test_a_ring_holds_until_it_is_cut_on_both_sides() -> None:
    ring = {1: [], 2: [1], 3: [2], 4: [3], 9: [], 5: [4, 9]}
    network = Network(parents=ring, lights={1000 + d: d for d in ring})
    supply = network.supply()

    def dark(*out: int) -> list[int]:
        outage = Outage(supply, supply.place_of(ids(*out)))
        return sorted(x - 1000 for x in supply.light_id[outage.lights].tolist())

    assert dark(2) == [2]
    assert dark(2, 5) == [2, 3, 4, 5]
    outage = Outage(supply, supply.place_of(ids(2, 5)))
    cut = {int(supply.device_id[d]): supply.device_id[c].tolist() for d, c in outage.cut_by.items()}
    assert {d: sorted(c) for d, c in cut.items()} == {3: [2, 5], 4: [2, 5]}


@pytest.mark.parametrize("out", [set(), {1}, {2}, {3}])
def test_a_cycle_of_the_register_is_reported_and_turns_nothing_else_off(out: set[int]) -> None:
    network = Network(parents={1: [2], 2: [1], 3: [1]}, lights={10: 1, 20: 2, 30: 3})
    supply = network.supply()
    assert supply.defects.cycles == ((1, 2),)
    dark = set(supply.light_id[Outage(supply, supply.place_of(ids(*out))).lights].tolist())
    assert dark == {10 * d for d in out} | ({30} if 1 in out else set())
