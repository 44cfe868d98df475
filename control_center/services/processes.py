"""Processes that we started: recorded, recognised, stopped; and never anybody else's.

A process number is used again by the system sooner or later. A record therefore also holds when
the process began, and its command line is looked at again before any signal is sent.
"""

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

STOP_PATIENCE_S = 20.0
_KILL_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells one process from all others of this boot.

    Attributes
    ----------
    pid : int
        Its number.
    began : int
        When it began. [clock ticks since boot]
    token : str
        Words that its command line must hold, e.g. its data folder.
    asks : int
        Number of the signal that asks it to stop in good order.
    """

    pid: int
    began: int
    token: str
    asks: int = signal.SIGTERM

    def write(self, path: Path) -> None:
        """Record it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        partial.write_text(json.dumps(asdict(self)), encoding="utf-8")
        partial.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Mark | None":
        """Return a record; None where there is none, or none that can be read."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    @classmethod
    def of(cls, pid: int, token: str, asks: int = signal.SIGTERM) -> "Mark | None":
        """Take the mark of a living process; None where it is dead."""
        stat = _stat(pid)
        return None if stat is None else cls(pid, stat[1], token, asks)


def alive(mark: Mark) -> bool:
    """Whether the very process of a mark runs; a zombie is dead."""
    stat = _stat(mark.pid)
    return stat is not None and stat[1] == mark.began and mark.token in command_line(mark.pid)


def command_line(pid: int) -> str:
    """Return the words that a process was started with, joined by spaces; empty when it is dead."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return os.fsdecode(raw.rstrip(b"\0").replace(b"\0", b" "))


def working_in(folder: Path) -> list[int]:
    """Return the living processes whose working directory is a folder, as far as we may see."""
    wanted = os.fspath(folder.resolve())
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.readlink(entry / "cwd") == wanted and _stat(int(entry.name)):  # noqa: PTH115 - not to be resolved
                    found.append(int(entry.name))
            except OSError:
                continue  # gone, or not ours to see
    return found


def stop(mark: Mark, patience: float = STOP_PATIENCE_S) -> bool:
    """Ask a process to stop; end it when patience is over. [s]

    Nothing is sent unless it is still that process. Returns whether it is gone.
    """
    for number, wait in ((mark.asks, patience), (signal.SIGKILL, _KILL_PATIENCE_S)):
        if not alive(mark):
            return True
        with suppress(ProcessLookupError):
            os.kill(mark.pid, number)
        if wait_until(lambda: not alive(mark), wait):
            return True
    return False


def stop_recorded(folder: Path) -> list[Mark]:
    """Stop what the records of a folder name and still runs; return those that would not."""
    stubborn = []
    for record in sorted(folder.glob("*.json")):
        mark = Mark.read(record)
        if mark is not None and not stop(mark):
            stubborn.append(mark)
        record.unlink(missing_ok=True)
    return stubborn


def wait_until(happened: Callable[[], bool], patience: float) -> bool:
    """Ask again and again, ever more slowly, until something happened or patience ends. [s]"""
    deadline = time.monotonic() + patience
    pause = 0.005
    while not happened():
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
    return True


def _stat(pid: int) -> tuple[str, int] | None:
    """Return a process's state letter and begin; None when it is dead or a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    fields = text.rpartition(b")")[2].split()
    state = fields[0].decode()
    return None if state in "ZXx" else (state, int(fields[19]))
