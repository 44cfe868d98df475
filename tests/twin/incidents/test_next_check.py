"""The next best check: its gain against enumeration, and where it points."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.incidents.oracle import Network
from twin.incidents.common_cause import LAMP_FAILURE
from twin.incidents.diagnosis import Diagnosis
from twin.incidents.next_check import LOOK, PING, Checks, check_gain, next_checks

# cabinet 1 feeds feeders 2 (lights 20-24) and 3 (30-39); cabinet 4 feeds lights 40-44
TOWN = Network(
    parents={1: [], 2: [1], 3: [1], 4: []},
    lights={
        **dict.fromkeys(range(20, 25), 2),
        **dict.fromkeys(range(30, 40), 3),
        **dict.fromkeys(range(40, 45), 4),
    },
)
CHANCES = st.floats(0, 1)


def chosen(dead: dict[int, float], **more: Any) -> tuple[Checks, list[int]]:
    supply = TOWN.supply()
    everywhere = np.ones(len(supply.light_id), np.bool_)
    given_ = {"lookable": everywhere, "pingable": ~everywhere, **more}
    p = np.array([dead.get(d, 0.0) for d in supply.device_id.tolist()])
    found = next_checks(supply, p, **given_)
    return found, supply.light_id[found.light].tolist()


@given(CHANCES, CHANCES)
def test_a_check_never_teaches_less_than_nothing_nor_more_than_is_in_doubt(
    dead: float, q: float
) -> None:
    gain = float(check_gain(np.array([dead]), q)[0])
    doubt = -sum(p * np.log2(p) for p in (dead, 1 - dead) if p > 0)
    assert 0 <= gain <= doubt + 1e-9


@given(st.floats(0.001, 0.999), st.floats(0.001, 0.9))
def test_the_gain_is_what_enumeration_of_both_outcomes_gives(dead: float, q: float) -> None:
    def entropy(p: float) -> float:
        return float(-p * np.log2(p) - (1 - p) * np.log2(1 - p)) if 0 < p < 1 else 0.0

    dark = dead + (1 - dead) * q
    after = dark * entropy(dead / dark)  # seen lit: alive for certain, nothing left in doubt
    assert float(check_gain(np.array([dead]), q)[0]) == pytest.approx(entropy(dead) - after)


def test_hand_solved_gain() -> None:
    # P = 1/2, q = 0: the answer is the whole bit; q = 1: no look can tell
    assert check_gain(np.array([0.5, 0.5, 0.0, 1.0]), np.array([0, 1, 0.02, 0.02])) == (
        pytest.approx([1, 0, 0, 0], abs=1e-9)
    )


def test_the_look_goes_where_doubt_is_and_many_depend() -> None:
    found, lights = chosen({1: 0.1, 2: 0.5, 3: 0.5, 4: 0.5})
    assert lights == [30, 20, 40]  # ten lights depend on feeder 3; five on each other
    assert found.act.tolist() == [LOOK] * 3
    assert found.gain == pytest.approx(check_gain(np.full(3, 0.5), LAMP_FAILURE))


def test_nothing_is_asked_where_nothing_is_in_doubt() -> None:
    assert chosen({})[1] == []
    assert chosen({1: 1.0, 2: 1.0, 3: 1.0, 4: 1.0})[1] == []


def test_a_ping_costs_less_than_a_visit_and_goes_first_though_it_teaches_less() -> None:
    supply = TOWN.supply()
    found, lights = chosen({2: 0.5}, pingable=supply.light_id == 22)
    assert list(zip(lights, found.act.tolist(), strict=True)) == [(22, PING), (20, LOOK)]
    assert found.gain[0] < found.gain[1]


def test_only_lights_that_nobody_knows_are_looked_at_and_only_within() -> None:
    supply = TOWN.supply()
    doubt = {2: 0.5, 3: 0.5, 4: 0.5}
    _, lights = chosen(doubt, lookable=~np.isin(supply.light_id, [30, 20]))
    assert lights == [31, 21, 40]
    place = int(supply.place_of(np.array([1]))[0])
    within = int(supply.first_light[place]), int(supply.last_light[place])
    assert chosen(doubt, within=within)[1] == [30, 20]
    assert chosen(doubt, within=(0, 0))[1] == []


def test_its_answer_settles_the_doubt_it_was_asked_for() -> None:
    supply = TOWN.supply()
    prior = np.array([0.001, 0.3, 0.3, 0.001])
    night = Diagnosis(supply, prior, np.zeros(len(supply.light_id)))
    before = night.posterior().dead
    everything = np.ones(len(supply.light_id), np.bool_)
    found = next_checks(supply, before, lookable=everything, pingable=~everything)
    light = int(found.light[0])
    night.add(light, -float(np.log(LAMP_FAILURE)))
    assert night.dead(int(supply.light_device[light])) > 0.95
