"""Our own long-lived commands as processes of ``reverbere up``."""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from control_center.services.places import current_account
from control_center.services.supervisor import Program
from control_center.settings import Settings

PARENT = "REVERBERE_PARENT"  # read by control_center.cli.common: a child does not outlive us
_GRAVE = {"error", "critical"}
_HIDDEN = {"event", "level", "timestamp", "logger", "exception"}
_AGAIN_S = 600.0  # a complaint that goes on is repeated that rarely


def child(
    settings: Settings,
    name: str,
    territory: str,
    ready: Callable[[], bool] | None = None,
    **more: str,
) -> Program:
    """Describe one of our commands to the supervisor.

    Parameters
    ----------
    settings : Settings
        Of this run; the child reads the same from the environment.
    name : str
        ``ingest``, ``serve`` or ``simulate``.
    territory : str
        Which one it opens.
    ready : callable, optional
        Whether it does its work; by default as soon as it runs.
    more : str
        Added to its environment.
    """
    return Program(
        name=name,
        command=[sys.executable, "-m", "control_center", name],
        token=f"-m control_center {name}",
        log=settings.logs / f"{name}.log",
        run=settings.home / "run",
        account=current_account(),
        folder=Path.cwd(),
        environment={
            PARENT: str(os.getpid()),
            "REVERBERE_HOME": str(settings.home),
            "REVERBERE_TERRITORY": territory,
            "REVERBERE_LOG": "json",
            **more,
        },
        ready=ready or (lambda: True),
        leaf=True,
        patience_s=90.0,
    )


def answers(url: str) -> Callable[[], bool]:
    """Return a question: does a web address answer, and not with a failure of its own?"""

    def ask() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
                return bool(answer.status < 500)
        except (OSError, urllib.error.URLError):
            return False

    return ask


class Complaints:
    """Follows a process's JSON log and finds the lines that a person should see.

    Parameters
    ----------
    log : Path
        The file; what is in it already is old news.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read = log.stat().st_size if log.exists() else 0
        self._told: dict[str, float] = {}

    def new(self) -> Iterator[str]:
        """Yield one sentence for each grave line since the last call, the same one rarely."""
        now = time.monotonic()
        for sentence in self._grave():
            if now - self._told.get(sentence, -_AGAIN_S) >= _AGAIN_S:
                self._told[sentence] = now
                yield sentence

    def _grave(self) -> Iterator[str]:
        try:
            size = self._log.stat().st_size
        except OSError:
            return
        if size < self._read:  # it was moved aside and begins again
            self._read = 0
        with self._log.open("rb") as file:
            file.seek(self._read)
            lines = file.read(1 << 20).split(b"\n")
        self._read += sum(len(line) + 1 for line in lines[:-1])
        for line in lines[:-1]:
            sentence = _complaint(line)
            if sentence:
                yield sentence


def _complaint(line: bytes) -> str | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    if not isinstance(event, dict) or event.get("level") not in _GRAVE:
        return None
    facts = [f"{name} {value}" for name, value in event.items() if name not in _HIDDEN]
    return (
        f"{event.get('event')}"
        + (f" ({', '.join(facts)})" if facts else "")
        + _cause(event.get("exception"))
    )


def _cause(exception: object) -> str:
    """Return what was raised, without the traceback that stays in the log."""
    match exception:
        case [*_, {"exc_type": str(kind), "exc_value": str(value)}]:
            return f": {kind}: {value}"
        case _:
            return ""
