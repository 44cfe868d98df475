"""Where a device's frame counter started again.

An epoch is a run of frames in which the counter only grows. It ends with a new session (join), with
a reset (the counter falls, or repeats with other bytes), or where a 16-bit counter wraps. Epochs
are read off the frames in order of their own time, so the order of arrival does not matter.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

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
