"""How each device is heard: silence explained, fresh deadlines, our own door."""

import numpy as np
import pytest

from twin.incidents.silence import (
    Excuses,
    Heard,
    Hearing,
    Reason,
    audible_since,
    hearing,
    listening_since,
)
from twin.incidents.times import NEVER, SECOND

MINUTE = 60 * SECOND
NOW = 1_000_000 * MINUTE


def ago(minutes: float | None) -> np.ndarray:
    return np.array([NEVER if minutes is None else NOW - round(minutes * MINUTE)])


def one(
    seen: float | None,
    *,
    cause: Reason = Reason.HEARD,
    cause_ago: float = 60,
    cleared: float | None = None,
    audible: float | None = None,
    interval_s: float = 600.0,
) -> Heard:
    """A device with a message every ten minutes; everything in minutes ago."""
    excuses = Excuses(np.array([cause], np.uint8), ago(cause_ago))
    every = np.array([interval_s])
    return hearing(ago(seen), every, excuses, ago(cleared), NOW, audible_since=ago(audible))


def minutes_from_now(at: np.ndarray) -> float | None:
    return None if at[0] <= NEVER // 2 else float((at[0] - NOW) / MINUTE)


EXPLAINED, SILENT = Hearing.SILENT_EXPLAINED, Hearing.SILENT_UNEXPLAINED


@pytest.mark.parametrize(
    ("told", "state", "reason", "since", "deadline"),
    [
        pytest.param(one(9), Hearing.REPORTING, Reason.HEARD, -9, 3, id="in time"),
        pytest.param(one(12), Hearing.REPORTING, Reason.HEARD, -12, 0, id="a little tardy"),
        pytest.param(one(13), Hearing.LATE, Reason.INTERVAL_PASSED, -1, 17, id="one missed"),
        pytest.param(one(31), SILENT, Reason.NO_CAUSE, -1, -1, id="three missed"),
        pytest.param(
            one(80, cause=Reason.SUPPLY), EXPLAINED, Reason.SUPPLY, -60, None, id="no supply"
        ),
        pytest.param(
            one(31, cause=Reason.GATEWAYS), EXPLAINED, Reason.GATEWAYS, -31, None,
            id="its gateways are down, and it was heard after the first fell",
        ),
        pytest.param(
            one(9, cause=Reason.SUPPLY), Hearing.REPORTING, Reason.HEARD, -9, 3,
            id="heard although its supply is dark",
        ),
        pytest.param(
            one(90, cleared=20), Hearing.RECOVERING, Reason.CAUSE_CLEARED, -20, 10,
            id="its cause cleared",
        ),
        pytest.param(
            one(25, cleared=5), Hearing.RECOVERING, Reason.CAUSE_CLEARED, -5, 25,
            id="its cause cleared before it was late",
        ),
        pytest.param(one(90, cleared=31), SILENT, Reason.NO_CAUSE, -1, -1, id="and passed too"),
        pytest.param(
            one(31, cleared=60), SILENT, Reason.NO_CAUSE, -1, -1, id="silent after the cause"
        ),
        pytest.param(one(None), SILENT, Reason.NO_CAUSE, None, None, id="never heard"),
        pytest.param(
            one(None, audible=30), Hearing.LATE, Reason.OUR_DOOR, -30, 0, id="registered just now"
        ),
        pytest.param(one(None, audible=31), SILENT, Reason.NO_CAUSE, -1, -1, id="a while ago"),
        pytest.param(
            one(90, audible=8), Hearing.LATE, Reason.OUR_DOOR, -8, 22, id="our door was closed"
        ),
        pytest.param(
            one(90, interval_s=np.nan), Hearing.REPORTING, Reason.HEARD, -90, None,
            id="it promised nothing",
        ),
    ],
)  # fmt: skip
def test_a_device(
    told: Heard, state: Hearing, reason: Reason, since: float | None, deadline: float | None
) -> None:
    assert (told.state.tolist(), told.reason.tolist()) == ([state], [reason])
    assert minutes_from_now(told.since) == since
    assert minutes_from_now(told.deadline) == deadline


def test_each_device_is_judged_by_itself_as_in_an_array() -> None:
    seen, causes = [9, 13, 31, 80], [0, 0, 0, Reason.SUPPLY]
    together = hearing(
        np.concatenate([ago(each) for each in seen]),
        np.full(4, 600.0),
        Excuses(np.array(causes, np.uint8), np.repeat(ago(60), 4)),
        np.full(4, NEVER, np.int64),
        NOW,
    )
    apart = [one(each, cause=Reason(why)) for each, why in zip(seen, causes, strict=True)]
    assert together.state.tolist() == [each.state[0] for each in apart]
    assert together.since.tolist() == [each.since[0] for each in apart]


def test_a_register_newer_than_the_replayed_night_is_set_aside() -> None:
    assert audible_since(np.array([NOW + MINUTE]), NEVER, NOW).tolist() == [NEVER]


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
