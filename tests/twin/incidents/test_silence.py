"""Silence explained, fresh deadlines, gateways found dead by what they no longer hear."""

import numpy as np
import pytest

from twin.incidents.silence import (
    Hearing,
    audible_since,
    hearing,
    listening_since,
    unheard_gateways,
)
from twin.incidents.times import NEVER, SECOND
from twin.supply.ranges import Ragged

MINUTE = 60 * SECOND
NOW = 1_000_000 * MINUTE


@pytest.mark.parametrize(
    ("minutes_ago", "excused", "cleared_ago", "expected"),
    [
        pytest.param(9, False, None, Hearing.REPORTING, id="in time"),
        pytest.param(11, False, None, Hearing.LATE, id="one missed"),
        pytest.param(31, False, None, Hearing.SILENT_UNEXPLAINED, id="three missed"),
        pytest.param(31, True, None, Hearing.SILENT_EXPLAINED, id="its supply is dark"),
        pytest.param(9, True, None, Hearing.REPORTING, id="heard although its supply is dark"),
        pytest.param(90, False, 20, Hearing.RECOVERING, id="its cause cleared"),
        pytest.param(90, False, 31, Hearing.SILENT_UNEXPLAINED, id="its fresh deadline passed"),
        pytest.param(31, False, 60, Hearing.SILENT_UNEXPLAINED, id="fell silent after the cause"),
        pytest.param(None, False, None, Hearing.SILENT_UNEXPLAINED, id="never heard"),
    ],
)
def test_a_device(
    *, minutes_ago: int | None, excused: bool, cleared_ago: int | None, expected: Hearing
) -> None:
    def ago(minutes: int | None) -> np.ndarray:
        return np.array([NEVER if minutes is None else NOW - minutes * MINUTE])

    said = hearing(ago(minutes_ago), np.array([600.0]), np.array([excused]), ago(cleared_ago), NOW)
    assert said.tolist() == [expected]


@pytest.mark.parametrize(
    ("audible_ago", "expected"),
    [
        pytest.param(30, Hearing.LATE, id="its first deadline has not passed"),
        pytest.param(31, Hearing.SILENT_UNEXPLAINED, id="it has passed"),
    ],
)
def test_a_device_never_heard_has_until_its_first_deadline(
    audible_ago: int, expected: Hearing
) -> None:
    since = audible_since(np.array([NOW - audible_ago * MINUTE]), NOW - 90 * MINUTE, NOW)
    never = np.array([NEVER])
    said = hearing(never, np.array([600.0]), np.array([False]), never, NOW, audible_since=since)
    assert said.tolist() == [expected]


def test_a_register_newer_than_the_replayed_night_is_set_aside() -> None:
    assert audible_since(np.array([NOW + MINUTE]), NEVER, NOW).tolist() == [NEVER]


def test_a_device_that_promised_nothing_is_never_late() -> None:
    said = hearing(np.array([NEVER]), np.array([np.nan]), np.array([False]), np.array([NEVER]), NOW)
    assert said.tolist() == [Hearing.REPORTING]


def gateway(
    ages_min: list[float], *, excused: list[bool] | None = None, heard_by: int = 1
) -> float:
    n = len(ages_min)
    probability, _ = unheard_gateways(
        Ragged(np.array([0, n], np.int32), np.arange(n, dtype=np.int32)),
        heard_by=np.full(n, heard_by, np.int32),
        seen_at=np.array([NOW - int(age * MINUTE) for age in ages_min]),
        interval_s=np.full(n, 600.0),
        excused=np.array(excused or [False] * n),
        now=NOW,
    )
    return float(probability[0])


def test_fifty_devices_that_miss_one_message_each_are_conclusive() -> None:
    assert gateway([11] * 50) > 0.999


def test_hand_solved_weight() -> None:
    # ln 1e-4 + (3 + 3) * 1.897 = 2.172: two devices that miss three messages each
    assert gateway([31, 45]) == pytest.approx(1 / (1 + np.exp(-2.1724)), abs=1e-3)


def test_one_device_heard_in_time_acquits_the_gateway() -> None:
    assert gateway([11] * 50 + [3]) == 0


def test_devices_that_others_hear_or_whose_supply_is_dark_say_nothing() -> None:
    assert gateway([31] * 9, heard_by=2) == 0
    assert gateway([31] * 9, excused=[True] * 9) == 0
    assert gateway([90]) == 0  # a single witness proves nothing


def test_what_was_missed_while_our_own_door_was_closed_accuses_nobody() -> None:
    n = 50
    probability, _ = unheard_gateways(
        Ragged(np.array([0, n], np.int32), np.arange(n, dtype=np.int32)),
        heard_by=np.full(n, 1, np.int32),
        seen_at=np.full(n, NOW - 60 * MINUTE),
        interval_s=np.full(n, 600.0),
        excused=np.zeros(n, bool),
        now=NOW,
        listening_since=NOW - 5 * MINUTE,
    )
    assert probability.tolist() == [0]


@pytest.mark.parametrize(
    ("minutes_ago", "per_minute", "expected"),
    [
        pytest.param([], 900, None, id="no ledger at all"),
        pytest.param([3, 2, 1], 900, None, id="never a gap"),
        pytest.param([40, 39, 5, 4, 1], 2, 5, id="a gap of 33 minutes, and two of two"),
        pytest.param([40, 39], 10, 0, id="closed still"),
        pytest.param([40, 5, 1], 0.2, None, id="too few messages to tell"),
        pytest.param([60, 30, 10, 1], 2, 1, id="the last gap counts"),
    ],
)
def test_a_gap_of_ours_is_told_by_all_devices_missing_at_once(
    minutes_ago: list[int], per_minute: float, expected: int | None
) -> None:
    minutes = np.array([NOW - m * MINUTE for m in minutes_ago], np.int64)
    found = listening_since(minutes, per_minute, NOW)
    assert found == (NEVER if expected is None else NOW - expected * MINUTE)


@pytest.mark.parametrize(
    ("minutes_ago", "expected"),
    [
        pytest.param([], 0, id="nothing was ever received: the door is closed"),
        pytest.param([3, 2, 1], 3, id="the first message ever opens it"),
        pytest.param([1439, 1438, 700, 699, 1], 1, id="a later gap counts"),
        pytest.param(range(1439, 0, -1), None, id="open all day"),
    ],
)
def test_a_day_that_begins_unheard_is_a_gap_of_ours(
    minutes_ago: list[int], expected: int | None
) -> None:
    minutes = np.array([NOW - m * MINUTE for m in minutes_ago], np.int64)
    found = listening_since(minutes, 10, NOW, since=NOW - 1440 * MINUTE)
    assert found == (NEVER if expected is None else NOW - expected * MINUTE)
