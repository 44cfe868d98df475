"""What one operator is shown, counted by hand and against a slow count."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.incidents.alarms import FLOOD, held_back, load
from twin.incidents.times import SECOND

HOUR = 3600 * SECOND


def at(*minutes: float) -> np.ndarray:
    return np.array([round(minute * 60) * SECOND for minute in minutes], np.int64)


def test_a_calm_shift() -> None:
    found = load(at(10, 200, 400), ["a", "b", "c"], 0, 8 * HOUR)
    assert (found.cards, found.worst, found.avalanche_s, found.chattering) == (3, 1, 0.0, ())
    assert found.per_ten_minutes == pytest.approx(3 / 48)


def test_the_eleventh_card_of_ten_minutes_begins_an_avalanche_and_time_ends_it() -> None:
    rings = at(*range(11))  # one a minute: at minute 10 the first is just ten minutes old
    assert load(rings, [str(k) for k in range(11)], 0, HOUR).worst == 10
    found = load(at(*[k / 2 for k in range(11)]), [str(k) for k in range(11)], 0, HOUR)
    assert found.worst == 11
    assert found.avalanche_s == pytest.approx(300)  # from minute 5 until the first is forgotten


def test_a_cause_that_rings_three_times_in_ten_minutes_chatters() -> None:
    found = load(at(1, 4, 9, 30), ["a", "a", "a", "b"], 0, HOUR)
    assert found.chattering == ("a",)
    assert load(at(1, 4, 12), ["a"] * 3, 0, HOUR).chattering == ()


def test_what_rang_outside_the_span_is_left_out() -> None:
    assert load(at(-1, 0, 60), ["a", "b", "c"], 0, HOUR).cards == 1
    assert load(at(), [], 0, HOUR).worst == 0


def test_what_is_held_back_is_counted_with_what_is_not_known_as_nothing() -> None:
    headline = {"devices": 3, "cabinets": 1, "lights": 38, "sensors_silent": 5, "gateways": None}
    assert held_back(headline) == 46
    assert held_back({}) == 0


@given(st.lists(st.integers(0, 3600), max_size=60))
def test_the_time_of_an_avalanche_is_that_of_a_slow_count(seconds: list[int]) -> None:
    rings = np.array(seconds, np.int64) * SECOND
    found = load(rings, ["x"] * len(seconds), 0, HOUR + SECOND)
    slow = sum(sum(t - 600 < s <= t for s in seconds) > FLOOD for t in range(3601))
    assert found.avalanche_s == pytest.approx(slow)
    assert found.cards == len(seconds)
