"""Let a simulated town live: on a broker at a clock's pace, or in a file at full speed."""

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from simulators.broker import Line
from simulators.recorder import Recorder
from simulators.simulation import Simulation
from twin.clock import Clock

_TICK_S = 0.25
_ASLEEP_AFTER_S = 90.0
_SAVE_EVERY_S = 5.0


class Life:
    """A town on the line.

    Parameters
    ----------
    simulation : Simulation
        The town.
    line : Line
        The broker.
    clock : Clock
        The territory's.
    speed : float
        How many seconds of the town pass in one of the clock's.
    state : Path, optional
        Where tripped cabinets and water are kept from one run to the next.
    recorder : Recorder, optional
        Writes down what is published.
    """

    def __init__(
        self,
        simulation: Simulation,
        line: Line,
        clock: Clock,
        *,
        speed: float = 1.0,
        state: Path | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self._simulation = simulation
        self._line = line
        self._clock = clock
        self._speed = speed
        self._state = state
        self._recorder = recorder
        self._began = clock.now()
        self._kept: dict[str, object] = {}
        self._saved_at = self._began

    def live(self, go_on: Callable[[], bool]) -> None:
        """Live until told to stop."""
        self._remember()
        last = self._town_time()
        while go_on():
            now = self._town_time()
            if (now - last).total_seconds() > _ASLEEP_AFTER_S * max(1.0, self._speed):
                self._simulation.skip_to(now)
            last = now
            self.tick(now)
            self._clock.sleep(_TICK_S)
        self._save()

    def tick(self, now: datetime) -> None:
        """Take what came in, live until now, publish."""
        for topic, payload in self._line.received():
            self._simulation.receive(topic, payload)
        if self._line.reconnected.is_set():
            self._line.reconnected.clear()
            for message in self._simulation.gateways.states(self._simulation.now):
                self._line.publish(message)
        for message in self._simulation.step(now):
            self._line.publish(message)
            if self._recorder is not None:
                self._recorder.write([message])
        if (self._clock.now() - self._saved_at).total_seconds() > _SAVE_EVERY_S:
            self._save()

    def _town_time(self) -> datetime:
        return self._began + self._speed * (self._clock.now() - self._began)

    def _remember(self) -> None:
        if self._state is not None and self._state.exists():
            try:
                self._kept = json.loads(self._state.read_text(encoding="utf-8"))
            except ValueError:
                return  # a torn file: the town starts dry
            self._simulation.restore(self._kept)

    def _save(self) -> None:
        self._saved_at = self._clock.now()
        kept = self._simulation.snapshot()
        if self._state is None or kept == self._kept:
            return
        self._kept = kept
        draft = self._state.with_suffix(".part")
        draft.write_text(json.dumps(kept) + "\n", encoding="utf-8")
        os.replace(draft, self._state)  # noqa: PTH105 - the atomic one


def record(simulation: Simulation, start: datetime, hours: float, path: Path) -> int:
    """Live some hours at full speed, without a broker, and write them to a file.

    Parameters
    ----------
    simulation : Simulation
        A town that has not lived yet.
    start : datetime
        Its first instant. [aware]
    hours : float
        How long. [h]
    path : Path
        The recording; ``.gz`` compresses it.

    Returns
    -------
    int
        How many messages were written.
    """
    with Recorder(path) as recorder:
        for minute in range(1, round(60 * hours) + 1):
            recorder.write(simulation.step(start + timedelta(minutes=minute)))
        return recorder.count
