"""Epochs of a device's frame counter."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.epochs import Position, place
from ingest.times import TimeSource


@dataclass
class Frame:
    f_cnt: int
    session: str = "a"
    time_source: int = TimeSource.GATEWAY


CASES = [
    pytest.param([Frame(5), Frame(6), Frame(9)], [0, 0, 0], [], id="a loss is no reset"),
    pytest.param([Frame(900), Frame(0), Frame(1)], [0, 1, 1], [1], id="the counter starts again"),
    pytest.param([Frame(7), Frame(7)], [0, 1], [1], id="the same count with other bytes"),
    pytest.param([Frame(7), Frame(0, "b"), Frame(1, "b")], [0, 1, 1], [], id="a join is no reset"),
    pytest.param([Frame(65_530), Frame(3)], [0, 1], [], id="a 16-bit counter wraps"),
    pytest.param([Frame(70_000), Frame(3)], [0, 1], [1], id="a 32-bit counter does not"),
    pytest.param(
        [Frame(100), Frame(98, time_source=TimeSource.DOOR), Frame(101)],
        [0, 0, 0],
        [],
        id="slightly behind without a time of its own: late",
    ),
    pytest.param(
        [Frame(5), Frame(0, time_source=TimeSource.DOOR)], [0, 1], [1], id="back to nothing: reset"
    ),
]


@pytest.mark.parametrize(("frames", "epochs", "resets"), CASES)
def test_epochs_are_read_off_the_counters(
    frames: list[Frame], epochs: list[int], resets: list[int]
) -> None:
    placed, position = place(frames, None)
    assert [frame.epoch for frame in placed] == epochs
    assert [number for number, frame in enumerate(placed) if frame.reset] == resets
    assert position.epoch == epochs[-1]


@given(
    counts=st.lists(
        st.tuples(st.integers(0, 70_000), st.sampled_from("ab")), min_size=2, max_size=20
    ),
    cut=st.integers(1, 19),
)
def test_reading_on_gives_what_reading_at_once_gives(
    counts: list[tuple[int, str]], cut: int
) -> None:
    frames = [Frame(*count) for count in counts]
    cut = min(cut, len(frames) - 1)
    whole, end = place(frames, None)
    first, position = place(frames[:cut], None)
    second, last = place(frames[cut:], position)
    assert first + second == whole
    assert last == end


def test_a_known_position_is_continued() -> None:
    placed, position = place([Frame(3)], Position("a", 7, 100))
    assert (placed[0].epoch, placed[0].reset, position) == (8, True, Position("a", 8, 3))
