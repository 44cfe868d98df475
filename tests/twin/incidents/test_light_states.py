"""Three-valued truth of a light: each rule alone, then what must hold for any facts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.incidents.light_states import OFF, ON, UNSAID, LightFacts, light_states
from twin.incidents.times import NEVER, SECOND
from twin.model.states import LightState

MINUTE = 60 * SECOND
NOW = 1_000_000 * MINUTE
DUSK = NOW - 120 * MINUTE


def facts(**known: Any) -> LightFacts:
    """Facts of one light by night: watched every ten minutes, supplied, no report yet."""
    night = LightFacts.nothing_known(1, should_burn=True, switched_at=DUSK)
    known = {"interval_s": 600.0, **known}
    return replace(
        night,
        **{
            name: np.array([value]).astype(getattr(night, name).dtype)
            for name, value in known.items()
        },
    )


def verdict(now: int = NOW, **known: Any) -> tuple[LightState, float, int]:
    said = light_states(facts(**known), now)
    return LightState(said.state[0]), round(float(said.probability[0]), 3), int(said.since[0])


RECENT = NOW - 5 * MINUTE
LOST = {"p_lost": 0.94, "lost_since": NOW - 30 * MINUTE, "struck_at": NOW - 29 * MINUTE}
DAY = {"should_burn": False, "switched_at": NOW - 60 * MINUTE}
CASES = {
    "a recent report of light": (
        {"reported": ON, "reported_at": RECENT},
        (LightState.LIT, 0, RECENT),
    ),
    "lit but weak": (
        {"reported": ON, "reported_at": RECENT, "weak": True},
        (LightState.DEGRADED, 0, RECENT),
    ),
    "a recent report of no light at night": (
        {"reported": OFF, "reported_at": RECENT, "ordered_level": 100},
        (LightState.CONFIRMED_DARK, 0.99, RECENT),
    ),
    "supply lost, deduced": (LOST, (LightState.INFERRED_DARK, 0.94, LOST["lost_since"])),
    "supply lost, measured, wiring on the register": (
        {**LOST, "lost_measured": True},
        (LightState.CONFIRMED_DARK, 0.94, LOST["lost_since"]),
    ),
    "supply lost by day is dark by day too": (
        {**LOST, **DAY},
        (LightState.INFERRED_DARK, 0.94, LOST["lost_since"]),
    ),
    "supply lost, but its own lamp says lit afterwards": (
        {**LOST, "lost_measured": True, "reported": ON, "reported_at": RECENT},
        (LightState.LIT, 0, RECENT),
    ),
    "back in supply, but not heard since": (
        {"void_before": NOW - 8 * MINUTE, "reported": ON, "reported_at": NOW - 9 * MINUTE},
        (LightState.SILENT, 0, NOW - 8 * MINUTE),
    ),
    "a report of light from before the loss": (
        {**LOST, "reported": ON, "reported_at": NOW - 31 * MINUTE, "interval_s": 3600},
        (LightState.INFERRED_DARK, 0.94, LOST["lost_since"]),
    ),
    "supply lost, and its own lamp says out": (
        {**LOST, "reported": OFF, "reported_at": RECENT},
        (LightState.CONFIRMED_DARK, 0.99, LOST["lost_since"]),
    ),
    "a loss less likely than not leaves the light to its own news": (
        {"p_lost": 0.4, "lost_since": NOW - 30 * MINUTE},
        (LightState.SILENT, 0.4, DUSK + 30 * MINUTE),
    ),
    "three messages missed": (
        {"reported": ON, "reported_at": NOW - 31 * MINUTE},
        (LightState.SILENT, 0, NOW - MINUTE),
    ),
    "two messages missed are not silence yet": (
        {"reported": ON, "reported_at": NOW - 29 * MINUTE},
        (LightState.LIT, 0, NOW - 29 * MINUTE),
    ),
    "an old report of no light is silence, not darkness": (
        {"reported": OFF, "reported_at": NOW - 31 * MINUTE},
        (LightState.SILENT, 0, NOW - MINUTE),
    ),
    "a report from 1970": (
        {"reported": OFF, "reported_at": 0},
        (LightState.SILENT, 0, DUSK + 30 * MINUTE),
    ),
    "never heard of": ({}, (LightState.SILENT, 0, DUSK + 30 * MINUTE)),
    "never heard of, and registered too lately to be": (
        {"audible_since": NOW - 30 * MINUTE},
        (LightState.UNMONITORED, 0, DUSK),
    ),
    "never heard of since long enough": (
        {"audible_since": NOW - 31 * MINUTE},
        (LightState.SILENT, 0, NOW - MINUTE),
    ),
    "its last word is old, but our own door has just opened": (
        {"reported": ON, "reported_at": NOW - 300 * MINUTE, "audible_since": NOW - MINUTE},
        (LightState.UNMONITORED, 0, DUSK),
    ),
    "never heard of, and its supply lost": (
        {**LOST, "audible_since": NOW - MINUTE},
        (LightState.INFERRED_DARK, 0.94, LOST["lost_since"]),
    ),
    "never heard of by day": (
        {**DAY, "audible_since": NOW - MINUTE},
        (LightState.PLANNED_OFF, 0, DAY["switched_at"]),
    ),
    "no instrument": ({"interval_s": np.nan}, (LightState.UNMONITORED, 0, DUSK)),
    "an instrument that says nothing of the lamp": (
        {"reported": UNSAID, "reported_at": RECENT},
        (LightState.UNMONITORED, 0, DUSK),
    ),
    "by day": (DAY, (LightState.PLANNED_OFF, 0, DAY["switched_at"])),
    "by day without any instrument": (
        {**DAY, "interval_s": np.nan},
        (LightState.PLANNED_OFF, 0, DAY["switched_at"]),
    ),
    "burning by day is lit": (
        {**DAY, "reported": ON, "reported_at": RECENT},
        (LightState.LIT, 0, RECENT),
    ),
    "ordered off at night is by design": (
        {"reported": OFF, "reported_at": RECENT, "ordered_level": 0},
        (LightState.PLANNED_OFF, 0, RECENT),
    ),
    "off under a programme that nobody gave": (
        {"reported": OFF, "reported_at": RECENT, "schedule_known": False},
        (LightState.PLANNED_OFF, 0, DUSK),
    ),
    "works under way": (
        {"works_since": NOW - 99 * MINUTE},
        (LightState.MAINTENANCE, 0.9, NOW - 99 * MINUTE),
    ),
    "works under way, but lit": (
        {"works_since": NOW - 99 * MINUTE, "reported": ON, "reported_at": RECENT},
        (LightState.LIT, 0, RECENT),
    ),
    "just after dusk the last word of the day proves nothing": (
        {"switched_at": NOW - 2 * MINUTE, "reported": OFF, "reported_at": RECENT},
        (LightState.PLANNED_OFF, 0, NOW - 2 * MINUTE),
    ),
}


@pytest.mark.parametrize(("known", "expected"), CASES.values(), ids=CASES)
def test_a_light(known: dict[str, Any], expected: tuple[LightState, float, int]) -> None:
    assert verdict(**known) == expected


NIGHTS = st.fixed_dictionaries(
    {
        "should_burn": st.booleans(),
        "schedule_known": st.booleans(),
        "switched_at": st.integers(NOW - 10**10, NOW),
        "p_lost": st.floats(0, 1),
        "lost_measured": st.booleans(),
        "lost_since": st.one_of(st.just(NEVER), st.integers(NOW - 10**10, NOW)),
        "void_before": st.one_of(st.just(NEVER), st.integers(NOW - 10**10, NOW)),
        "struck_at": st.one_of(st.just(NEVER), st.integers(NOW - 10**10, NOW)),
        "reported_at": st.one_of(st.just(NEVER), st.integers(NOW - 10**10, NOW)),
        "reported": st.sampled_from([ON, OFF, UNSAID]),
        "ordered_level": st.sampled_from([np.nan, 0.0, 50.0, 100.0]),
        "weak": st.booleans(),
        "interval_s": st.sampled_from([np.nan, 60.0, 600.0, 3600.0]),
        "works_since": st.one_of(st.just(NEVER), st.integers(NOW - 10**10, NOW)),
        "audible_since": st.one_of(st.just(NEVER), st.integers(NOW - 10**10, NOW)),
    }
)


@given(NIGHTS)
def test_nothing_is_silent_before_it_could_be_heard(known: dict[str, Any]) -> None:
    patience = 3 * np.nan_to_num(known["interval_s"]) * SECOND
    state = verdict(**known)[0]
    if state == LightState.SILENT:
        assert known["audible_since"] + patience < NOW


@given(NIGHTS)
def test_silence_never_becomes_darkness(known: dict[str, Any]) -> None:
    known |= {"reported_at": NEVER, "p_lost": 0.0, "lost_since": NEVER}
    assert verdict(**known)[0] not in {LightState.CONFIRMED_DARK, LightState.INFERRED_DARK}


@given(NIGHTS)
def test_darkness_is_confirmed_only_by_a_measurement(known: dict[str, Any]) -> None:
    state = verdict(**known)[0]
    if state == LightState.CONFIRMED_DARK:
        assert known["reported"] == OFF or (known["lost_measured"] and known["p_lost"] >= 0.5)


@given(NIGHTS)
def test_what_is_off_by_day_is_dark_only_if_its_supply_is_lost(known: dict[str, Any]) -> None:
    known |= {"should_burn": False, "p_lost": 0.0}
    assert verdict(**known)[0] not in {LightState.CONFIRMED_DARK, LightState.INFERRED_DARK}


@given(st.lists(NIGHTS, min_size=1, max_size=8))
def test_many_lights_at_once_are_each_light_alone(known: list[dict[str, Any]]) -> None:
    one = [facts(**each) for each in known]
    together = LightFacts(
        **{
            name: np.concatenate([getattr(each, name) for each in one])
            for name in LightFacts.__dataclass_fields__
        }
    )
    said = light_states(together, NOW)
    for row, each in enumerate(one):
        alone = light_states(each, NOW)
        for name in ("state", "probability", "since", "by_itself"):
            assert getattr(said, name)[row] == getattr(alone, name)[0]
