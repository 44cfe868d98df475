"""The latch: a story a line, then what must hold in any story."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.incidents.latch import (
    AWAITING,
    BASES,
    BY_MEASUREMENT,
    FLOODED,
    NORMAL,
    RECOVERING,
    RECOVERY_S,
    STATES,
    TRIPPED,
    DeviceFacts,
    Latch,
)
from twin.incidents.latching import advance
from twin.incidents.times import NEVER, SECOND
from twin.model.states import Basis, SupplyState

MINUTE = 60 * SECOND
T = 1_000_000 * MINUTE


def facts(**known: Any) -> DeviceFacts:
    none = DeviceFacts.nothing_known(1)
    return replace(
        none,
        **{
            name: np.array([value]).astype(getattr(none, name).dtype)
            for name, value in known.items()
        },
    )


def latched(state: int, since: int = T, *, basis: int = 2, probability: float = 0.9) -> Latch:
    return Latch(
        np.array([state], np.int8),
        np.array([FLOODED], np.int8),
        np.array([basis], np.int8),
        np.array([since]),
        np.array([probability]),
    )


def told(latch: Latch, now: int = T + 500 * MINUTE, **known: Any) -> tuple[str, int, str, float]:
    after, _ = advance(latch, facts(**known), now)
    return (
        STATES[after.state[0]].value,
        int(after.since[0]),
        BASES[after.basis[0]].value,
        round(float(after.probability[0]), 3),
    )


WET = {"wet_since": T, "p_trip": 0.97}
START = Latch.all_normal(1)


def test_water_above_the_plinth_trips_a_cabinet_by_computation() -> None:
    assert told(START, **WET) == ("tripped", T, "computed", 0.97)
    assert told(START, **WET, assumed=True) == ("tripped", T, "assumed", 0.97)


def test_a_meter_that_loses_supply_makes_it_measured_and_keeps_since() -> None:
    known = {**WET, "supply": 0, "supply_at": T + MINUTE}
    tripped = advance(START, facts(**WET), T + 1)[0]
    after, changes = advance(tripped, facts(**known), T + 2 * MINUTE)
    assert (after.since[0], BASES[after.basis[0]], after.probability[0]) == (
        T,
        Basis.MEASURED,
        0.99,
    )
    assert [change.at for change in changes] == [T + MINUTE]
    silent_again = advance(after, facts(**WET), T + 90 * MINUTE)
    assert silent_again[1] == []  # what was measured is not forgotten


def test_a_meter_that_still_measures_supply_is_believed_against_the_water() -> None:
    known = {**WET, "supply": 1, "supply_at": T + 10 * MINUTE}
    assert told(START, **known)[0] == "normal"
    assert told(latched(TRIPPED), **known) == ("normal", T + 10 * MINUTE, "measured", 0)


def test_a_reading_of_the_very_minute_of_the_flood_proves_nothing() -> None:
    known = {**WET, "supply": 1, "supply_at": T + MINUTE // 2}
    assert told(START, **known)[0] == "tripped"


def test_receding_water_relights_nothing() -> None:
    known = {"dry_since": T + 60 * MINUTE}
    assert told(latched(TRIPPED), **known) == (
        "awaiting_inspection",
        T + 60 * MINUTE,
        "computed",
        0.9,
    )
    measured = latched(TRIPPED, basis=BY_MEASUREMENT)
    supply = {"supply": 1, "supply_at": T + 90 * MINUTE}
    assert told(measured, **known, **supply)[0] == "awaiting_inspection"


def test_only_an_inspection_later_than_the_water_clears_it() -> None:
    waiting = latched(AWAITING, T)
    assert told(waiting, inspected_at=T - 1, watched=True)[0] == "awaiting_inspection"
    after = told(waiting, now=T + 11 * MINUTE, inspected_at=T + 10 * MINUTE, watched=True)
    assert after == ("recovering", T + 10 * MINUTE, "observed", 0)


def test_where_nothing_watches_the_inspection_is_the_last_word() -> None:
    after = told(latched(AWAITING), inspected_at=T + MINUTE)
    assert after == ("normal", T + MINUTE, "observed", 0)


def test_it_is_normal_again_when_telemetry_shows_supply() -> None:
    coming = latched(RECOVERING)
    assert told(coming, supply=1, supply_at=T + 5 * MINUTE) == (
        "normal",
        T + 5 * MINUTE,
        "measured",
        0,
    )
    assert told(coming, lights_lit_at=T + 5 * MINUTE)[0] == "normal"


def test_without_a_sign_it_rings_again_at_its_own_deadline() -> None:
    coming, deadline = latched(RECOVERING), int(RECOVERY_S) * SECOND
    assert told(coming, now=T + deadline)[0] == "recovering"
    rung = told(coming, now=T + deadline + 1)
    assert rung == ("awaiting_inspection", T + deadline, "computed", 0.5)
    by_day = {"provable_from": T + 300 * MINUTE}
    assert told(coming, now=T + 300 * MINUTE, **by_day)[0] == "recovering"


def test_a_power_cut_without_water_needs_no_inspection() -> None:
    cut = advance(START, facts(supply=0, supply_at=T), T + 1)[0]
    assert (STATES[cut.state[0]], cut.since[0]) == (SupplyState.TRIPPED, T)
    assert told(cut, supply=1, supply_at=T + 9 * MINUTE) == (
        "normal",
        T + 9 * MINUTE,
        "measured",
        0,
    )


def test_water_learnt_of_after_the_cut_explains_it() -> None:
    cut = advance(START, facts(supply=0, supply_at=T - 20 * MINUTE), T)[0]
    after, _ = advance(cut, facts(**WET, supply=0, supply_at=T - 20 * MINUTE), T + 1)
    assert after.reason[0] == FLOODED
    assert after.since[0] == T - 20 * MINUTE
    assert BASES[after.basis[0]] == Basis.MEASURED


def test_lights_all_out_together_betray_their_feeder() -> None:
    known = {"lights_out_at": T, "p_lights_out": 0.98}
    assert told(START, **known) == ("tripped", T, "computed", 0.98)
    assert told(START, **known, lights_lit_at=T + 1)[0] == "normal"


def test_a_whole_story_learnt_at_once_ends_where_it_would_have() -> None:
    known = {
        "dry_since": T + 60 * MINUTE,
        "inspected_at": T + 90 * MINUTE,
        "lights_lit_at": T + 95 * MINUTE,
        "watched": True,
    }
    after, changes = advance(
        latched(TRIPPED, basis=BY_MEASUREMENT), facts(**known), T + 100 * MINUTE
    )
    assert STATES[after.state[0]] == SupplyState.NORMAL
    assert [STATES[change.latch[0]].value for change in changes] == [
        "awaiting_inspection",
        "recovering",
        "normal",
    ]
    assert [change.at for change in changes] == [T + 60 * MINUTE, T + 90 * MINUTE, T + 95 * MINUTE]


MOMENT = st.one_of(
    st.just(NEVER), st.integers(T - 200, T + 200).map(lambda m: T + (m - T) * MINUTE)
)
STORY = {
    "wet_since": MOMENT,
    "dry_since": MOMENT,
    "p_trip": st.floats(0.5, 1),
    "supply": st.sampled_from([-1, 0, 1]),
    "supply_at": MOMENT,
    "lights_out_at": MOMENT,
    "p_lights_out": st.floats(0.9, 1),
    "lights_lit_at": MOMENT,
    "inspected_at": MOMENT,
    "watched": st.booleans(),
}
STORIES = st.fixed_dictionaries(STORY)


@given(st.sampled_from([NORMAL, TRIPPED, AWAITING, RECOVERING]), STORIES)
def test_assessing_twice_changes_nothing_more(state: int, known: dict[str, Any]) -> None:
    now = T + 300 * MINUTE
    first, _ = advance(
        latched(state, probability=0.9 * (state in {TRIPPED, AWAITING})), facts(**known), now
    )
    again, changes = advance(first, facts(**known), now)
    assert changes == []
    assert again.state[0] == first.state[0]


@given(st.sampled_from([TRIPPED, AWAITING]), STORIES)
def test_nothing_leaves_a_measured_flood_but_through_an_inspection(
    state: int, known: dict[str, Any]
) -> None:
    known["inspected_at"] = NEVER
    after, _ = advance(latched(state, basis=BY_MEASUREMENT), facts(**known), T + 300 * MINUTE)
    assert after.out[0]


@given(STORIES)
def test_a_device_is_out_exactly_as_probable_as_it_is_latched(known: dict[str, Any]) -> None:
    after, _ = advance(START, facts(**known), T + 300 * MINUTE)
    assert (after.probability[0] > 0) == after.out[0]


@pytest.mark.parametrize("state", [NORMAL, TRIPPED, AWAITING, RECOVERING])
def test_without_news_nothing_moves_before_its_deadline(state: int) -> None:
    wet = {"wet_since": T, "p_trip": 0.9} if state == TRIPPED else {}
    latch = START if state == NORMAL else latched(state, probability=0.9 * (state != RECOVERING))
    assert advance(latch, facts(**wet), T + MINUTE)[1] == []
