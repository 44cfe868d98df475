"""The one clock, passed in: laws take instants, rooms that act take a ``Clock``."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What time it is in the territory, always UTC."""

    def now(self) -> datetime:
        """Return the current instant. [UTC]"""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait for a span of the territory's time. [s]"""
        ...


class SystemClock:
    """The machine's clock, shifted by a fixed offset.

    The offset is zero for a real territory. A simulated one may live at another hour, so that
    its evening can be watched at noon; the offset is stored with the territory and every process
    reads it there.

    Parameters
    ----------
    offset : timedelta
        Added to the machine's time.
    """

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """Return the machine's time plus the offset. [UTC]"""
        return datetime.now(UTC) + self.offset

    def sleep(self, seconds: float) -> None:
        """Wait. [s]"""
        time.sleep(seconds)


class VirtualClock:
    """A clock that moves only when told: replay, simulation at any speed, tests.

    Parameters
    ----------
    start : datetime
        First instant. [UTC, aware]
    """

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware instant, e.g. datetime(..., tzinfo=UTC)")
        self._now = start.astimezone(UTC)
        self._moved = threading.Condition()

    def now(self) -> datetime:
        """Return the instant it was last moved to. [UTC]"""
        with self._moved:
            return self._now

    def move_to(self, instant: datetime) -> None:
        """Go forward to an instant; an earlier one leaves the clock where it is."""
        with self._moved:
            if instant > self._now:
                self._now = instant.astimezone(UTC)
                self._moved.notify_all()

    def advance(self, seconds: float) -> None:
        """Go forward by a span. [s]"""
        self.move_to(self.now() + timedelta(seconds=seconds))

    def sleep(self, seconds: float) -> None:
        """Wait until somebody has moved the clock that far. [s]"""
        with self._moved:
            until = self._now + timedelta(seconds=seconds)
            self._moved.wait_for(lambda: self._now >= until)
