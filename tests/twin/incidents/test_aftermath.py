"""After a cause has cleared: a fresh deadline, then one card, never one each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.incidents.aftermath import NOBODY, Former, Watch, follow, still_silent
from twin.incidents.light_states import MISSES
from twin.incidents.times import NEVER, SECOND

MINUTE = 60 * SECOND
T = 1_000_000 * MINUTE
QUARTER = np.full(3, 900.0)
FORMER = Former(7, "I-2026-0007", "cabinet:A-112", {"kind": "cabinet", "code": "A-112"})


def step(
    watch: Watch, explained: list[int], seen: list[int], at: int, provable: int = NEVER
) -> Watch:
    return follow(watch, np.array(explained), np.array(seen), at, provable)


def test_the_deadline_counts_from_the_moment_the_cause_cleared() -> None:
    seen = [T - 60 * MINUTE] * 3
    watch = step(Watch.nobody(3), [7, 7, NOBODY], seen, T)
    assert watch.incident.tolist() == [7, 7, NOBODY]
    assert not watch.overdue(np.array(seen), QUARTER, T + 600 * MINUTE).any()  # still excused
    watch = step(watch, [NOBODY] * 3, seen, T + 10 * MINUTE)
    deadline = T + 10 * MINUTE + MISSES * 15 * MINUTE
    assert watch.deadline(QUARTER)[:2].tolist() == [deadline] * 2
    assert not watch.overdue(np.array(seen), QUARTER, deadline).any()
    assert watch.overdue(np.array(seen), QUARTER, deadline + 1).tolist() == [True, True, False]


def test_whoever_is_heard_is_forgotten_and_the_rest_are_one_card() -> None:
    seen = [T - 60 * MINUTE] * 3
    watch = step(Watch.nobody(3), [7, 7, 7], seen, T)
    watch = step(watch, [NOBODY] * 3, seen, T)
    seen[1] = T + MINUTE
    watch = step(watch, [NOBODY] * 3, seen, T + 2 * MINUTE)
    assert watch.incident.tolist() == [7, NOBODY, 7]
    late = T + 60 * MINUTE
    [card] = still_silent(watch, [FORMER], np.array(seen), QUARTER, late)
    assert card.sensors.tolist() == [0, 2]
    assert card.since == T + MISSES * 15 * MINUTE
    assert still_silent(watch, [], np.array(seen), QUARTER, late) == []


def test_by_day_the_controllers_of_lights_have_until_the_evening() -> None:
    seen, dusk = [T - 60 * MINUTE] * 3, T + 300 * MINUTE
    watch = step(step(Watch.nobody(3), [7] * 3, seen, T), [NOBODY] * 3, seen, T, dusk)
    assert not watch.overdue(np.array(seen), QUARTER, dusk + 40 * MINUTE).any()
    assert watch.overdue(np.array(seen), QUARTER, dusk + 46 * MINUTE).all()


def test_what_we_could_not_hear_is_nobody_s_silence() -> None:
    seen = [T - 60 * MINUTE] * 3
    watch = step(step(Watch.nobody(3), [7] * 3, seen, T), [NOBODY] * 3, seen, T)
    late, opened = T + 60 * MINUTE, T + 50 * MINUTE
    assert watch.overdue(np.array(seen), QUARTER, late).all()
    assert not watch.overdue(np.array(seen), QUARTER, late, listening_since=opened).any()


def test_a_device_that_promised_nothing_is_never_overdue() -> None:
    seen = [NEVER] * 3
    watch = step(step(Watch.nobody(3), [7] * 3, seen, T), [NOBODY] * 3, seen, T)
    assert not watch.overdue(np.array(seen), np.full(3, np.nan), T + 10**6 * MINUTE).any()


def test_a_new_cause_excuses_again() -> None:
    seen = [T - 60 * MINUTE] * 3
    watch = step(step(Watch.nobody(3), [7] * 3, seen, T), [NOBODY] * 3, seen, T)
    watch = step(watch, [9, NOBODY, NOBODY], seen, T + 30 * MINUTE)
    assert watch.incident.tolist() == [9, 7, 7]
    overdue = watch.overdue(np.array(seen), QUARTER, T + 60 * MINUTE)
    assert overdue.tolist() == [False, True, True]


@given(
    st.lists(
        st.tuples(st.sampled_from([NOBODY, 7, 8]), st.booleans(), st.integers(1, 40)),
        min_size=1,
        max_size=12,
    )
)
def test_nobody_rings_before_a_whole_fresh_deadline_nor_once_heard(
    story: list[tuple[int, bool, int]],
) -> None:
    """Whatever happens: overdue means explained once, cleared, and silent for the whole span."""
    watch, at, seen, free_since = Watch.nobody(1), T, T - MINUTE, None
    for explained, heard, minutes in story:
        at += minutes * MINUTE
        if heard and explained == NOBODY:
            seen = at
        before = watch.incident[0]
        watch = step(watch, [explained], [seen], at)
        if explained != NOBODY:
            free_since = None
        elif free_since is None and before != NOBODY:
            free_since = at
        overdue = bool(watch.overdue(np.array([seen]), QUARTER[:1], at)[0])
        if overdue:
            assert free_since is not None
            assert seen <= free_since
            assert at - free_since > MISSES * 15 * MINUTE
        assert overdue == (
            watch.incident[0] != NOBODY
            and free_since is not None
            and seen <= free_since
            and at - free_since > MISSES * 15 * MINUTE
        )


def test_following_nobody_changes_nothing() -> None:
    watch = Watch.nobody(3)
    after = step(watch, [NOBODY] * 3, [T, NEVER, T], T)
    assert (after.incident == NOBODY).all()
    assert (after.due_from == NEVER).all()
    assert watch.deadline(QUARTER)[0] == pytest.approx(2**62)
