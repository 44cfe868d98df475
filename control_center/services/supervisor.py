"""Long-lived processes: start, watch, restart with growing delay, stop in order."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from control_center.services.logs import last_line, rotate
from control_center.services.places import Account
from control_center.services.processes import STOP_PATIENCE_S, Mark, alive, stop, wait_until
from twin.errors import ServiceError

Tell = Callable[[str], None]

_LOG = structlog.get_logger(__name__)
_WATCH_S = 0.2
_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 30.0
_SETTLED_S = 60.0  # a process that lived that long starts again without delay


def _log(sentence: str) -> None:
    """Tell the log."""
    _LOG.warning(sentence)


def _nothing() -> None:
    """Do nothing before a start."""


def _at_once() -> bool:
    """Call a process ready as soon as it runs."""
    return True


@dataclass(frozen=True, slots=True)
class Program:
    """How to run one long-lived process.

    Attributes
    ----------
    name : str
        Shown to people; names its log and its record.
    command : sequence of str or Path
        Full argument list.
    token : str
        Words of the command line by which the process is known again.
    log : Path
        Where its output goes.
    run : Path
        Folder of the records of what runs.
    account : Account
        Who it runs as.
    folder : Path
        Where it runs.
    environment : mapping
        Added to ours.
    prepare : callable
        Called before every start.
    ready : callable
        Whether it can serve; asked until it can.
    asks : signal.Signals
        What asks it to stop in good order.
    patience_s : float
        How long a start may take. [s]
    leaf : bool
        Whether nothing depends on it, so that all leaves are asked to stop at once.
    """

    name: str
    command: Sequence[str | Path]
    token: str
    log: Path
    run: Path
    account: Account
    folder: Path = Path("/")
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = _nothing
    ready: Callable[[], bool] = _at_once
    asks: signal.Signals = signal.SIGTERM
    patience_s: float = 30.0
    leaf: bool = False

    @property
    def record(self) -> Path:
        """File that tells the next run what this one left behind."""
        return self.run / f"{self.name}.json"


class Supervised:
    """One process: its program, its present life, its past failures."""

    def __init__(self, program: Program, tell: Tell = _log) -> None:
        self.program = program
        self._tell = tell
        self.restarts = 0
        self._asked = False
        self._process: subprocess.Popen[bytes] | None = None
        self._began = 0.0
        self._delay = _FIRST_DELAY_S
        self._retry_at = 0.0

    @property
    def pid(self) -> int | None:
        """Number of the process, while it lives."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start the process and wait until it is ready.

        Raises
        ------
        ServiceError
            It ended, or was not ready in time; with the last line of its log.
        """
        self._stop_leftover()
        self._launch()
        process = self._process
        assert process is not None  # noqa: S101 - just launched
        ready = wait_until(
            lambda: process.poll() is not None or self.program.ready(), self.program.patience_s
        )
        if process.poll() is not None or not ready:
            problem = "ended at once" if process.poll() is not None else "is not ready in time"
            told = last_line(self.program.log)
            self.stop()
            raise ServiceError(self.program.name, f"{problem}: {told}", f"see {self.program.log}")

    def watch(self) -> None:
        """Notice a death; start again when the delay is over."""
        process = self._process
        if process is None or process.poll() is None:
            return
        now = time.monotonic()
        if self._retry_at == 0.0:
            if now - self._began > _SETTLED_S:
                self._delay = _FIRST_DELAY_S
            self._retry_at = now + self._delay
            self._tell(
                f"{self.program.name} ended ({_why(process.returncode, self.program.log)}); "
                f"it starts again in {self._delay:g} s"
            )
            self._delay = min(self._delay * 2, _LONGEST_DELAY_S)
        elif now >= self._retry_at:
            self.restarts += 1
            self._launch()

    def ask_to_stop(self) -> None:
        """Send the first signal without waiting."""
        if self._process is not None and self._process.poll() is None and not self._asked:
            self._asked = True  # once: a second signal may mean "at once" to it
            self._process.send_signal(self.program.asks)

    def stop(self) -> None:
        """Stop the process if it is still ours."""
        self.ask_to_stop()
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            try:
                process.wait(STOP_PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.program.record.unlink(missing_ok=True)

    def _launch(self) -> None:
        program = self.program
        program.prepare()
        program.log.parent.mkdir(parents=True, exist_ok=True)
        rotate(program.log)
        with program.log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(word) for word in program.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=program.folder,
                env={**os.environ, **program.environment},
                start_new_session=True,
                **program.account.identity(),
            )
        self._began, self._retry_at, self._asked = time.monotonic(), 0.0, False
        mark = Mark.of(self._process.pid, program.token, program.asks)
        if mark is not None:
            mark.write(program.record)

    def _stop_leftover(self) -> None:
        """Stop what an earlier run, killed without warning, left behind."""
        mark = Mark.read(self.program.record)
        if mark is not None and mark.token == self.program.token and alive(mark):
            self._tell(f"stopping {self.program.name}, left by an earlier run")
            stop(mark)
        self.program.record.unlink(missing_ok=True)


class Supervisor:
    """All processes of one run, watched by one thread.

    Parameters
    ----------
    tell : callable
        Hears of deaths and restarts, one sentence each; the log by default.
    """

    def __init__(self, tell: Tell = _log) -> None:
        self._tell = tell
        self._all: list[Supervised] = []
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, program: Program) -> Supervised:
        """Start a process, wait until it is ready, and watch it from now on."""
        supervised = Supervised(program, self._tell)
        supervised.start()
        with self._lock:
            self._all.append(supervised)
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
            self._thread.start()
        return supervised

    def stop(self) -> None:
        """Stop everything, the last started first."""
        self._over.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        with self._lock:
            for supervised in self._all:
                if supervised.program.leaf:
                    supervised.ask_to_stop()
            while self._all:
                self._all.pop().stop()

    def _watch(self) -> None:
        while not self._over.wait(_WATCH_S):
            with self._lock:
                for supervised in self._all:
                    try:
                        supervised.watch()
                        rotate(supervised.program.log)
                    except (OSError, ServiceError) as error:
                        self._tell(f"{supervised.program.name} cannot be started again: {error}")


def _why(code: int, log: Path) -> str:
    """Tell what ended a process: the signal that killed it, else its own last line."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else last_line(log)
