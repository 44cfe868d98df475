"""Two devices that answer to one identifier: runs of counters that alternate.

One device counts up; after a join or a reset it counts up anew, and what it left it never takes up
again. Where a run is left and taken up several times (100, 7, 101, 8, 102), two devices send: a
cloned module, a typing error in the register, the same label on two boxes. Nothing tells which of
the two is meant, so nothing is thrown away or merged: all frames are kept, their readings are
flagged, and somebody is told.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import structlog
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.store.doubles import DoubleRun, keep_double
from twin.store.sql import statement

_LOOKED_AT: Final = 64
"""How many of a device's newest frames are looked at."""
_SPAN: Final = timedelta(days=7)
_MOST_DEVICES: Final = 200
"""In one batch; a device that is left out shows itself again with its next frame."""
_NEAR: Final = 1024
"""A run is taken up again this many counts on at most."""
_LEAST_RETURNS: Final = 3
"""Frames that a gateway held back may look like two."""
_FEW_LOST: Final = 4
"""A frame that follows the one before it so closely is of the same device."""
_LOW_COUNT: Final = 16
"""Below it a count may be a restart that continues a short life by chance."""
_TWO: Final = 2
_SHARED: Final = 2
"""So many equal frames under two sessions: one device, heard by two network servers."""

_log = structlog.get_logger("ingest")


class Sight(NamedTuple):
    """A frame as far as it matters here."""

    network: str
    session: str
    f_cnt: int
    payload: bytes
    event_at: datetime


class Double(NamedTuple):
    """What shows that two devices send: the runs, and how often one was taken up again."""

    returns: int
    runs: list[DoubleRun]


def double(frames: Sequence[Sight]) -> Double | None:
    """Tell whether frames under one identifier come from two devices.

    Parameters
    ----------
    frames : sequence of Sight
        In order of their time.

    Returns
    -------
    Double or None
        None: one device can have sent them all.
    """
    runs: list[DoubleRun] = []
    current, returns = -1, 0
    for frame in frames:
        at = _continued(runs, current, frame)
        if at < 0:
            runs.append(_begun(frame))
            current = len(runs) - 1
            continue
        returns += at != current and _is_no_restart(runs[current], frame)
        runs[at] = _longer(runs[at], frame)
        current = at
    lasting = [run for run in runs if run.frames > 1]
    if returns < _LEAST_RETURNS or len(lasting) < _TWO or _one_heard_twice(frames):
        return None
    return Double(returns, lasting)


def _continued(runs: Sequence[DoubleRun], current: int, frame: Sight) -> int:
    """Return which run a frame continues, −1 if none: the one before it where it may well."""
    steps = {at: step for at, run in enumerate(runs) if (step := _step(run, frame))}
    if steps.get(current, _FEW_LOST + 1) <= _FEW_LOST:
        return current
    return min(steps, key=lambda at: (steps[at], at != current), default=-1)


def _step(run: DoubleRun, frame: Sight) -> int:
    """Return by how much a frame continues a run; 0: it does not."""
    same_session = frame.session == run.session
    # a told session is the device's own, whichever operator heard it; without one, who told us says
    if not same_session or not (frame.session or frame.network == run.network):
        return 0
    step = frame.f_cnt - run.last_f_cnt
    return step if 0 < step <= _NEAR else 0


def _longer(run: DoubleRun, frame: Sight) -> DoubleRun:
    return run._replace(last_f_cnt=frame.f_cnt, last_at=frame.event_at, frames=run.frames + 1)


def _is_no_restart(before: DoubleRun, frame: Sight) -> bool:
    """Whether a frame that continues another run than the one before it proves two devices."""
    return frame.session != before.session or frame.f_cnt >= _LOW_COUNT


def _begun(frame: Sight) -> DoubleRun:
    count, at = frame.f_cnt, frame.event_at
    return DoubleRun(frame.network, frame.session, count, count, at, at, frames=1)


def _one_heard_twice(frames: Iterable[Sight]) -> bool:
    """Whether frames of one session are frames of another too: two servers, one device."""
    sessions: dict[tuple[int, bytes], set[tuple[str, str]]] = {}
    for frame in frames:
        if frame.payload:
            under = sessions.setdefault((frame.f_cnt, frame.payload), set())
            under.add((frame.network, frame.session))
    return sum(len(under) > 1 for under in sessions.values()) >= _SHARED


class Doubles:
    """Looks at devices whose counter fell, and remembers what it found for the next batch."""

    def __init__(self) -> None:
        self._found: deque[str] = deque()

    def look(self, suspects: Sequence[str]) -> Callable[[Connection[TupleRow]], None]:
        """Return what looks at them, in the transaction that has stored their frames."""
        wanted = list(suspects[:_MOST_DEVICES])

        def look(connection: Connection[TupleRow]) -> None:
            for name, frames in _newest(connection, wanted).items():
                found = double(frames)
                if found is not None:
                    self._tell(connection, name, frames, found)

        return look if wanted else lambda _: None

    def news(self) -> list[str]:
        """Return the devices that were found since the last call."""
        found = []
        while self._found:
            found.append(self._found.popleft())
        return found

    def _tell(
        self, connection: Connection[TupleRow], name: str, frames: Sequence[Sight], found: Double
    ) -> None:
        span = frames[0].event_at, frames[-1].event_at
        if keep_double(connection, name, found.runs, returns=found.returns, span=span):
            runs = len(found.runs)
            _log.warning("two devices under one identifier", device=name, runs=runs)
        self._found.append(name)


def _newest(connection: Connection[TupleRow], wanted: list[str]) -> dict[str, list[Sight]]:
    found: dict[str, list[Sight]] = {}
    asked = {"dev_euis": wanted, "span": _SPAN, "limit": _LOOKED_AT}
    for name, *facts in connection.execute(statement("telemetry/newest_frames"), asked):
        found.setdefault(name, []).append(Sight(*facts))
    return found
