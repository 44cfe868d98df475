"""What people say: who counts once, what is set aside, and how a storm of false calls weighs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.incidents.oracle import Network
from twin.incidents.common_cause import LAMP_FAILURE, LIT_WEIGHT
from twin.incidents.diagnosis import Diagnosis
from twin.incidents.sightings import (
    CALL_RATE,
    FALSE_CALL_RATE,
    Sightings,
    Witness,
    Witnessed,
    weigh_sightings,
)
from twin.incidents.times import NEVER, SECOND
from twin.supply.ranges import Flags

MINUTE = 60 * SECOND
NOW = 1_000_000 * MINUTE
Said = tuple[int, bool, int, Witness, int]  # light, dark, minutes ago, witness, reporter


def said(*words: Said) -> Sightings:
    return Sightings(
        light=np.array([w[0] for w in words], np.int64),
        dark=np.array([w[1] for w in words], np.bool_),
        at=np.array([NOW - w[2] * MINUTE for w in words], np.int64),
        witness=np.array([w[3] for w in words], np.uint8),
        reporter=np.array([w[4] for w in words], np.int64),
    )


def weighed(*words: Said, lights: int = 4, lit: Flags | None = None) -> Witnessed:
    return weigh_sightings(said(*words), lights=lights, now=NOW, lit=lit, lamp_failure=LAMP_FAILURE)


def call(light: int, reporter: int = -1, minutes: int = 5) -> Said:
    return light, True, minutes, Witness.RESIDENT, reporter


def test_nobody_said_anything() -> None:
    found = weigh_sightings(Sightings.none(), lights=3, now=NOW, lamp_failure=0.02)
    assert found.weight.tolist() == [0, 0, 0]
    assert (found.counted, found.set_aside) == (0, {})


def test_hand_solved_call() -> None:
    # ln(0.06 / 0.004) = 2.708: fifteen to one; through a lamp that fails in 2 %:
    # ln(15 / (0.98 + 0.02 * 15)) = 2.461
    found = weighed(call(1))
    assert np.log(CALL_RATE / FALSE_CALL_RATE) == pytest.approx(2.708, abs=1e-3)
    assert found.weight == pytest.approx([0, 2.461, 0, 0], abs=1e-3)
    assert found.dark_at[1] == NOW - 5 * MINUTE


def test_one_caller_counts_once_and_many_only_as_far_as_they_are_independent() -> None:
    once, twice = weighed(call(1, 7)), weighed(call(1, 7), call(1, 7, 9))
    assert (twice.weight == once.weight).all()
    assert twice.set_aside == {"repeated": 1}
    many = weighed(*(call(1, k) for k in range(900)))
    three = weighed(*(call(1, k) for k in range(3)))
    assert (many.weight == three.weight).all()
    assert many.weight[1] < -np.log(LAMP_FAILURE)  # a lamp may always be out by itself


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        pytest.param((1, True, NOW // MINUTE, Witness.RESIDENT, 1), "too_old", id="from 1970"),
        pytest.param((1, True, -6, Witness.RESIDENT, 1), "ahead_of_time", id="from the future"),
        pytest.param((-1, True, 5, Witness.CREW, 1), "unknown", id="about nothing we know"),
        pytest.param((9, True, 5, Witness.CREW, 1), "unknown", id="about a light beyond"),
    ],
)
def test_what_cannot_count_is_set_aside_and_said(word: Said, reason: str) -> None:
    found = weighed(word)
    assert not found.weight.any()
    assert (found.counted, found.set_aside) == (0, {reason: 1})


def test_what_an_outage_or_its_end_overtook_is_set_aside() -> None:
    void = np.array([NEVER, NOW - 5 * MINUTE, NOW - 4 * MINUTE, NEVER])
    found = weigh_sightings(
        said(call(1), call(2)), lights=4, now=NOW, lamp_failure=0.02, void_before=void
    )
    assert found.set_aside == {"overtaken": 2}
    struck = weigh_sightings(
        said(call(1), (2, False, 5, Witness.CREW, 1)),
        lights=4,
        now=NOW,
        lamp_failure=0.02,
        struck_at=void,
    )
    assert struck.set_aside == {"overtaken": 1}  # the light seen; what was dark is so all the more
    assert struck.dark_at[1] > NEVER
    before_dusk = weigh_sightings(
        said(call(1)), lights=4, now=NOW, lamp_failure=0.02, switched_at=NOW - MINUTE
    )
    assert before_dusk.set_aside == {"overtaken": 1}


def test_a_crew_that_sees_light_outweighs_a_call() -> None:
    found = weighed(call(1), (1, False, 4, Witness.CREW, 3))
    assert found.weight[1] < -3
    assert found.seen_lit_at[1] == NOW - 4 * MINUTE


def test_a_camera_proves_its_own_light_only() -> None:
    found = weighed((1, True, 4, Witness.CAMERA, 3))
    assert np.flatnonzero(found.weight).tolist() == [1]
    assert 3 < found.weight[1] < -np.log(LAMP_FAILURE)


def test_ten_thousand_false_calls_refute_themselves() -> None:
    # A town of 200 feeders of 25 lights, 60 % watched and lit; somebody reports every light twice.
    parents: dict[int, list[int]] = {0: [], **{1 + f: [0] for f in range(200)}}
    network = Network(parents, {1000 + x: 1 + x // 25 for x in range(5000)})
    supply = network.supply()
    lit = np.arange(5000) % 5 < 3
    storm = weigh_sightings(
        said(*(call(k % 5000, k) for k in range(10_000))),
        lights=5000,
        now=NOW,
        lit=lit,
        lamp_failure=LAMP_FAILURE,
    )
    assert storm.counted == 10_000
    assert storm.false_call_rate > 0.5
    assert not storm.weight.any()
    prior = np.full(len(supply), 1e-3)
    weight = storm.weight + np.where(lit, LIT_WEIGHT, 0)
    assert Diagnosis(supply, prior, weight).posterior().dead.max() < 1e-3
    # and a feeder that is really out is found through the storm by what instruments say
    out = supply.light_device == supply.place_of(np.array([7]))[0]
    told = np.where(out & lit, -np.log(LAMP_FAILURE), weight)
    found = Diagnosis(supply, prior, told).posterior()
    assert np.flatnonzero(found.likeliest).tolist() == supply.place_of(np.array([7])).tolist()


@given(st.permutations(range(6)))
def test_the_order_of_words_does_not_matter(order: list[int]) -> None:
    words: list[Said] = [
        call(0, 1), call(0, 2, 7), call(1, 1), (1, False, 3, Witness.PATROL, 5),
        (2, True, 2, Witness.CAMERA, 6), call(0, 1, 9),
    ]  # fmt: skip
    one, other = weighed(*words), weighed(*(words[k] for k in order))
    assert one.weight == pytest.approx(other.weight)
    assert one.set_aside == other.set_aside
