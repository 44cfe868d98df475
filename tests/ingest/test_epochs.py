"""Epochs of a device's frame counter."""

import random
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.epochs import Position, in_turn, place
from ingest.times import TimeSource


@dataclass
class Frame:
    f_cnt: int
    session: str = "a"
    time_source: int = TimeSource.GATEWAY
    event_at: int = 0
    counted: bool = True


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


@given(
    sent=st.lists(
        st.tuples(st.sampled_from(["count", "lose", "restart", "join"]), st.booleans()),
        max_size=40,
    ),
    dice=st.randoms(),
)
def test_frames_of_one_instant_are_put_as_they_were_sent(
    sent: list[tuple[str, bool]], dice: random.Random
) -> None:
    """Where a device begins anew once in an instant at most, after more frames than come in one."""
    frames = [Frame(1_000)]
    begun, stood = False, 1_000
    for what, later in sent:
        last = frames[-1]
        at = last.event_at + later
        if later:
            begun, stood = False, last.f_cnt
        if what in {"restart", "join"} and stood > 50 and not begun:
            begun = True
            frames.append(Frame(0, last.session + "+" * (what == "join"), event_at=at))
        else:
            step = 60 if what == "lose" and not begun else 1
            frames.append(Frame(last.f_cnt + step, last.session, event_at=at))
    mixed = sorted(frames[1:], key=lambda frame: (frame.event_at, dice.random()))
    start = Position(frames[0].session, 0, frames[0].f_cnt)
    assert list(in_turn(mixed, start)) == frames[1:]
