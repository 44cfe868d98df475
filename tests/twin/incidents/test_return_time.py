"""Ranges of return: held against the law that they promise, not against a formula of ours."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.incidents.return_time import (
    COARSE,
    COARSE_FROM,
    FINE,
    NOMINAL,
    least_needed,
    leave_one_out,
    record,
    return_range,
)
from twin.incidents.times import SECOND

HOUR = 3600 * SECOND
NOW = 490_000 * HOUR


def hours(*values: float) -> np.ndarray:
    return np.array([round(value * HOUR) for value in values], np.int64)


def test_nine_past_outages_give_their_shortest_and_their_longest() -> None:
    found = return_range(hours(*range(1, 10)), NOW, NOW)
    assert found is not None
    assert (found.earliest, found.latest) == (NOW + HOUR, NOW + 9 * HOUR)
    assert (found.coverage, found.based_on) == (pytest.approx(0.8), 9)


def test_with_fewer_nothing_is_announced() -> None:
    assert least_needed() == 9
    assert return_range(hours(*range(1, 9)), NOW, NOW) is None
    assert return_range(hours(), NOW, NOW) is None


def test_those_that_were_over_by_now_no_longer_speak() -> None:
    past = hours(*([0.5] * 20), *range(2, 11))
    found = return_range(past, NOW - HOUR, NOW)
    assert found is not None
    assert found.based_on == 9
    assert (found.earliest, found.latest) == (NOW + HOUR, NOW + 9 * HOUR)
    assert return_range(past, NOW - 3 * HOUR, NOW) is None  # seven are left: too few


def test_an_exact_multiple_has_the_coverage_it_names() -> None:
    found = return_range(hours(*range(1, 100)), NOW, NOW, nominal=0.9)
    assert found is not None
    assert found.coverage == pytest.approx(0.9)
    assert found.earliest == NOW + 5 * HOUR
    assert found.latest == NOW + 95 * HOUR


@given(
    st.lists(st.floats(0.1, 200), min_size=9, max_size=60),
    st.floats(0, 100),
    st.integers(0, 3600),
)
def test_a_range_is_rounded_outwards_and_never_begins_in_the_past(
    past: list[float], elapsed: float, offset: int
) -> None:
    now = NOW + offset * SECOND
    began = now - round(elapsed * HOUR)
    found = return_range(hours(*past), began, now)
    if found is None:
        return
    assert now <= found.earliest <= found.latest
    for at in (found.earliest, found.latest):
        assert at == now or at % FINE == 0
        assert at == now or at - now <= COARSE_FROM + COARSE or at % COARSE == 0
    inside = sum(
        found.earliest <= began + took <= found.latest
        for took in hours(*past)
        if took > now - began
    )
    assert inside >= (found.coverage * (found.based_on + 1)) - 1e-9


@pytest.mark.parametrize("elapsed_h", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("shape", ["lognormal", "exponential", "two kinds at once"])
def test_the_share_that_holds_is_the_share_that_is_named(elapsed_h: float, shape: str) -> None:
    """Whatever the law of durations is: four thousand histories of forty outages and one more."""
    dice = np.random.default_rng(4)
    draws = {
        "lognormal": lambda n: dice.lognormal(1.2, 0.9, n),
        "exponential": lambda n: dice.exponential(4.0, n),
        "two kinds at once": lambda n: np.where(
            dice.random(n) < 0.5, dice.uniform(0.5, 1.5, n), dice.uniform(8, 30, n)
        ),
    }[shape]
    kept = told = 0
    began = NOW - round(elapsed_h * HOUR)
    for _ in range(4000):
        past, own = draws(40), float(draws(1)[0])
        if own <= elapsed_h:
            continue
        found = return_range((past * HOUR).astype(np.int64), began, NOW)
        if found is None:
            continue
        told += 1
        kept += found.earliest <= began + round(own * HOUR) <= found.latest
    assert told > 500
    assert kept / told > NOMINAL - 3 * np.sqrt(0.16 / told)


def test_what_became_of_estimates_is_counted() -> None:
    earliest, latest = hours(1, 1, 1, 1), hours(2, 2, 2, 2)
    found = record(earliest, latest, hours(1, 2, 0.5, 3))
    assert (found.kept, found.early, found.late, found.total) == (2, 1, 1, 4)


def test_left_out_one_by_one_ten_outages_are_held_but_for_the_shortest_and_the_longest() -> None:
    found = leave_one_out(hours(*range(1, 11)))  # nine others: their shortest and their longest
    assert found is not None
    assert (found.record.kept, found.record.early, found.record.late) == (8, 1, 1)
    assert found.meant == pytest.approx(0.8)
    assert (found.earliest, found.latest) == (HOUR, 10 * HOUR)
    assert leave_one_out(hours(*range(1, 10))) is None  # eight others support nothing


@given(st.lists(st.integers(1, 10**6), min_size=10, max_size=60), st.randoms())
def test_leaving_out_gives_what_was_announced_from_the_others(
    minutes: list[int], random: np.random.Generator
) -> None:
    random.shuffle(minutes)
    took = np.array(minutes, np.int64) * 60 * SECOND
    found = leave_one_out(took)
    assert found is not None
    inside = 0
    for k, own in enumerate(took.tolist()):
        others = np.sort(np.delete(took, k))
        low = int(np.floor((1 - NOMINAL) / 2 * (len(others) + 1) + 1e-9))
        high = int(np.ceil((1 + NOMINAL) / 2 * (len(others) + 1) - 1e-9))
        inside += others[low - 1] <= own <= others[high - 1]
    assert found.record.kept == inside


def test_on_draws_of_one_law_as_many_are_kept_as_were_meant() -> None:
    rng = np.random.default_rng(4)
    kept = total = 0.0
    meant = []
    for _ in range(300):
        found = leave_one_out((rng.lognormal(1, 0.8, 30) * HOUR).astype(np.int64))
        assert found is not None
        kept += found.record.kept
        total += found.record.total
        meant.append(found.meant)
    assert kept / total == pytest.approx(np.mean(meant), abs=0.02)
