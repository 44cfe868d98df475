"""What goes on in the background of ``serve``: understanding, watering, evaluating.

Each job has a thread of its own, so that a slow evaluation never delays an assessment; an error is
logged, shown in ``/health`` and tried again, later each time.
"""

import importlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

from gis.errors import ReverbereError
from twin.clock import Clock
from twin.store.database import Database

_FIRST_RETRY_S = 2.0
_LAST_RETRY_S = 300.0
_log = structlog.get_logger(__name__)

Work = Callable[[Database, Clock], object]


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of background work.

    Attributes
    ----------
    name : str
        As ``/health`` calls it.
    work : str
        ``module:function`` taking the database and the clock; imported when the job starts.
    every_s : float
        Longest time between two runs. [s of real time]
    channels : tuple of str
        Notifications that bring a run forward.
    settle_s : float
        Shortest time between two runs that notifications ask for. [s]
    late_s : float
        Past this age of the last success, ``/health`` says that the job is late. [s]
    """

    name: str
    work: str
    every_s: float
    channels: tuple[str, ...] = ()
    settle_s: float = 0.25
    late_s: float = 3600.0


JOBS = (
    Job(
        "assessment",
        "control_center.assessment:assess",
        every_s=30,
        channels=("reverbere_batch", "reverbere_facts", "reverbere_city"),
        late_s=120,
    ),
    Job(
        "watering",
        "control_center.watering:run",
        every_s=60,
        channels=("reverbere_command",),
        late_s=600,
    ),
    Job(
        "returns",
        "control_center.returns:run",
        every_s=30,
        channels=("reverbere_state",),
        late_s=300,
    ),
    Job("evaluation", "control_center.evaluation:run", every_s=3600, late_s=3 * 3600),
)


@dataclass(slots=True)
class _Standing:
    """How a job is doing."""

    runs: int = 0
    failures_in_a_row: int = 0
    last_success: float | None = None  # monotonic
    last_seconds: float | None = None
    error: str | None = None


@dataclass(slots=True)
class Jobs:
    """The jobs of one process.

    Parameters
    ----------
    database, clock
        Given to each job.
    jobs : tuple of Job
        What to run; none in tests.
    """

    database: Database
    clock: Clock
    jobs: tuple[Job, ...] = JOBS
    _stop: threading.Event = field(default_factory=threading.Event)
    _wake: dict[str, threading.Event] = field(default_factory=dict)
    _standing: dict[str, _Standing] = field(default_factory=dict)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Start a thread for each job."""
        for job in self.jobs:
            self._wake[job.name] = threading.Event()
            self._standing[job.name] = _Standing()
            thread = threading.Thread(
                target=self._loop, args=(job,), name=f"job {job.name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ask each job to end after what it is doing, and wait. [s]"""
        self._stop.set()
        for wake in self._wake.values():
            wake.set()
        for thread in self._threads:
            thread.join(timeout_s)

    def notified(self, channel: str) -> None:
        """Bring forward the jobs that follow a channel."""
        for job in self.jobs:
            if channel in job.channels and job.name in self._wake:
                self._wake[job.name].set()

    def report(self, reasons: list[str]) -> dict[str, Any]:
        """Say how each job is doing; what is wrong goes into ``reasons``."""
        now = time.monotonic()
        report = {}
        for job in self.jobs:
            standing = self._standing.get(job.name, _Standing())
            age = None if standing.last_success is None else now - standing.last_success
            if standing.error is not None:
                reasons.append(f"{job.name}: {standing.error}")
            elif age is not None and age > job.late_s:
                reasons.append(f"{job.name} has not succeeded for {round(age)} s")
            report[job.name] = {
                "runs": standing.runs,
                "age_s": None if age is None else round(age, 1),
                "last_run_s": standing.last_seconds,
                "error": standing.error,
            }
        return report

    def _loop(self, job: Job) -> None:
        wake, standing = self._wake[job.name], self._standing[job.name]
        while not self._stop.is_set():
            wake.clear()
            self._run(job, standing)
            if standing.error is not None:
                self._stop.wait(_retry_s(standing.failures_in_a_row))
                continue
            self._stop.wait(job.settle_s)
            wake.wait(job.every_s)

    def _run(self, job: Job, standing: _Standing) -> None:
        started = time.monotonic()
        try:
            _resolve(job.work)(self.database, self.clock)
        except ReverbereError as error:
            self._failed(job, standing, error.sentence)
        except Exception as error:  # noqa: BLE001 - a job must outlive whatever its work raises
            _log.error("job failed", job=job.name, exc_info=error)
            self._failed(job, standing, f"{type(error).__name__}, see the log")
        else:
            standing.error = None
            standing.failures_in_a_row = 0
            standing.last_success = time.monotonic()
        standing.runs += 1
        standing.last_seconds = round(time.monotonic() - started, 3)

    def _failed(self, job: Job, standing: _Standing, sentence: str) -> None:
        standing.error = sentence
        standing.failures_in_a_row += 1
        _log.warning("job failed", job=job.name, why=sentence, times=standing.failures_in_a_row)


def _resolve(work: str) -> Work:
    module, _, function = work.partition(":")
    found: Work = getattr(importlib.import_module(module), function)
    return found


def _retry_s(failures: int) -> float:
    return min(_FIRST_RETRY_S * 2.0 ** (failures - 1), _LAST_RETRY_S)
