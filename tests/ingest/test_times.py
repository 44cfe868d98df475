"""Which time to believe."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.networks.records import NO_TIME
from ingest.times import TimeSource, settle

S = 1_000_000
DAY = 86_400 * S
NOW = 1_763_582_072 * S
GPS_1980 = 315_964_800 * S

CASES = [
    pytest.param((NOW - S, NOW, NOW), (NOW - S, TimeSource.GATEWAY, False), id="gateway"),
    pytest.param((NO_TIME, NOW, NOW), (NOW, TimeSource.NETWORK, False), id="no gateway time"),
    pytest.param(
        (NO_TIME, NO_TIME, NOW - 2 * S),
        (NOW - 2 * S, TimeSource.APPLICATION, False),
        id="application",
    ),
    pytest.param((NO_TIME, NO_TIME, NO_TIME), (NOW, TimeSource.DOOR, True), id="no time at all"),
    pytest.param(
        (NOW - 31 * S, NOW, NOW), (NOW, TimeSource.NETWORK, True), id="gateway and network disagree"
    ),
    pytest.param(
        (NOW - 29 * S, NOW, NOW), (NOW - 29 * S, TimeSource.GATEWAY, False), id="within 30 s"
    ),
    pytest.param(
        (GPS_1980, NO_TIME, NOW), (NOW, TimeSource.APPLICATION, True), id="GPS epoch of 1980"
    ),
    pytest.param(
        (NOW + 19 * 365 * DAY, NO_TIME, NO_TIME), (NOW, TimeSource.DOOR, True), id="19 years ahead"
    ),
    pytest.param(
        (NOW + 299 * S, NO_TIME, NO_TIME),
        (NOW + 299 * S, TimeSource.GATEWAY, False),
        id="a little ahead",
    ),
    pytest.param(
        (NOW + 301 * S, NO_TIME, NOW), (NOW, TimeSource.APPLICATION, True), id="too far ahead"
    ),
    pytest.param((0, NO_TIME, NO_TIME), (NOW, TimeSource.DOOR, True), id="1970"),
    pytest.param(
        (NOW - 30 * DAY, NO_TIME, NO_TIME),
        (NOW - 30 * DAY, TimeSource.GATEWAY, False),
        id="as old as believed",
    ),
    pytest.param(
        (NOW - 30 * DAY - 1, NO_TIME, NO_TIME),
        (NOW, TimeSource.DOOR, True),
        id="older than believed",
    ),
]


def settled(*told: int) -> tuple[int, TimeSource, bool]:
    columns = [np.array([instant], np.int64) for instant in (*told, NOW)]
    [event_at], [source], [guessed] = settle(*columns, 30 * DAY)
    return int(event_at), TimeSource(source), bool(guessed)


@pytest.mark.parametrize(("told", "expected"), CASES)
def test_the_best_plausible_time_is_believed(
    told: tuple[int, int, int], expected: tuple[int, TimeSource, bool]
) -> None:
    assert settled(*told) == expected


INSTANTS = st.one_of(
    st.just(NO_TIME), st.integers(-(1 << 62), 1 << 62), st.integers(NOW - 2 * DAY, NOW + DAY)
)


@given(rows=st.lists(st.tuples(INSTANTS, INSTANTS, INSTANTS), min_size=1, max_size=6))
def test_array_equals_scalar_and_the_instant_is_always_plausible(
    rows: list[tuple[int, int, int]],
) -> None:
    columns = [np.array(column, np.int64) for column in zip(*rows, strict=True)]
    found = settle(*columns, np.full(len(rows), NOW), 30 * DAY)
    for row, told in enumerate(rows):
        alone = settled(*told)
        assert alone == (found.event_at[row], found.source[row], found.guessed[row])
        assert NOW - 30 * DAY <= alone[0] <= NOW + 300 * S
