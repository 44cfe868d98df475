"""The command line for tests: in a process of its own, or called in this one.

A start takes a second of processor time, mostly for reading modules. Tests of what a command does
call it here; those of what a person at a terminal meets, signals and the start itself, start it.
"""

import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from control_center.cli import main
from tests.support.home import REPOSITORY

Told = subprocess.CompletedProcess[str]


def started(*words: str, home: Path, stdin: str = "", **environment: str) -> Told:
    """Start the command as a user would, with a home folder of its own."""
    return subprocess.run(
        [sys.executable, "-m", "control_center", *words],
        cwd=REPOSITORY,
        env={**os.environ, **_environment(home, environment)},
        capture_output=True,
        text=True,
        input=stdin,
        check=False,
    )


def called(*words: str, home: Path, **environment: str) -> Told:
    """Call the command in this process; what it says and how it ends are the same."""
    out, err = _paper(), _paper()
    code: object = 0
    with (
        patch.dict(os.environ, _environment(home, environment)),
        _logs_apart(),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main(words)
        except SystemExit as end:
            code = end.code
    return Told(words, code if isinstance(code, int) else 0, _read(out), _read(err))


def _environment(home: Path, more: dict[str, str]) -> dict[str, str]:
    return {"REVERBERE_HOME": str(home), "COLUMNS": "100", **more}


@contextmanager
def _logs_apart() -> Iterator[None]:
    """Put this process's own logs back: a command sets up its own."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    try:
        yield
    finally:
        root.handlers = handlers
        root.setLevel(level)


def _paper() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


def _read(paper: io.TextIOWrapper) -> str:
    paper.flush()
    written = paper.buffer
    assert isinstance(written, io.BytesIO)
    return written.getvalue().decode()
