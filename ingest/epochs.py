"""Where a device's frame counter started again.

An epoch is a run of frames in which the counter only grows. It ends with a new session (join), with
a reset (the counter falls, or repeats with other bytes), or where a 16-bit counter wraps. Epochs
are read off the frames in order of their own time, so the order of arrival does not matter.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Final, NamedTuple, Protocol, TypeVar

from ingest.times import TimeSource

_WRAP: Final = 1 << 16
_NEAR_WRAP: Final = 1024
_SLIGHTLY_LATE: Final = 16
"""A frame without a time of its own that is this many counts behind came late; it is no reset."""


class Counted(Protocol):
    """What a frame tells of its counter."""

    session: str
    f_cnt: int
    time_source: int


class Timed(Counted, Protocol):
    """What tells its instant too, and whether its counter counts."""

    event_at: int
    counted: bool


T = TypeVar("T", bound=Timed)


class Position(NamedTuple):
    """Where the counter stands after a frame: its session, epoch and highest count."""

    session: str
    epoch: int
    f_cnt: int


class Placed(NamedTuple):
    """The epoch of one frame, and whether its counter was reset there."""

    epoch: int
    reset: bool


def place(frames: Sequence[Counted], before: Position | None) -> tuple[list[Placed], Position]:
    """Tell the epoch of each of a device's frames.

    Parameters
    ----------
    frames : sequence
        At least one, in order of their time.
    before : Position or None
        After the frame before these; None: these begin with the device's first.

    Returns
    -------
    (list of Placed, Position)
        For each frame, and where the counter stands after the last.
    """
    placed: list[Placed] = []
    at = before
    for frame in frames:
        if at is None:
            at = Position(frame.session, 0, frame.f_cnt)
            placed.append(Placed(0, reset=False))
            continue
        at, reset = _after(at, frame)
        placed.append(Placed(at.epoch, reset))
    assert at is not None  # noqa: S101 - there is at least one frame
    return placed, at


def in_turn(frames: Iterable[T], before: Position | None) -> Iterator[T]:
    """Put frames of one instant in the order in which one counter can have sent them.

    A network that tells minutes, or seconds, gives several frames one instant. Those that count on
    come first; what begins anew, in the same session or in another, comes after them.

    Parameters
    ----------
    frames : iterable
        In order of their time.
    """
    at = before and (before.session, before.f_cnt)
    for _, together in groupby(frames, key=lambda frame: frame.event_at):
        group = list(together)
        if len(group) > 1 and at is not None:
            group.sort(key=partial(_turn, at))
        yield from group
        at = next(((one.session, one.f_cnt) for one in reversed(group) if one.counted), at)


def _turn(at: tuple[str, int], one: Timed) -> tuple[bool, bool, bool, int]:
    session, f_cnt = at
    return one.counted, one.session != session, one.f_cnt <= f_cnt, one.f_cnt


def _after(at: Position, frame: Counted) -> tuple[Position, bool]:
    if frame.session != at.session:
        return Position(frame.session, at.epoch + 1, frame.f_cnt), False
    if frame.f_cnt > at.f_cnt:
        return Position(at.session, at.epoch, frame.f_cnt), False
    behind = at.f_cnt - frame.f_cnt
    if frame.time_source == TimeSource.DOOR and 0 < behind <= _SLIGHTLY_LATE < frame.f_cnt:
        return at, False
    wrapped = at.f_cnt < _WRAP and behind > _WRAP - _NEAR_WRAP
    return Position(at.session, at.epoch + 1, frame.f_cnt), not wrapped
