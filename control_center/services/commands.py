"""Run a short program and hear what it said. Standard library only."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict


class Identity(TypedDict, total=False):
    """What ``subprocess`` needs to run something as another account; empty: as ourselves."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended.

    Attributes
    ----------
    code : int
        Its exit code; 0 is good.
    output, errors : str
        What it wrote.
    """

    code: int
    output: str
    errors: str

    @property
    def last_word(self) -> str:
        """The last line that it wrote, preferably as an error."""
        lines = (self.errors.strip() or self.output.strip()).splitlines()
        return lines[-1] if lines else "no reason given"


def run(
    command: Sequence[str | Path],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    identity: Identity | None = None,
) -> Outcome:
    """Run a program to its end; a program that is not there ends with 127.

    Parameters
    ----------
    command : sequence of str or Path
        Full argument list; no shell is involved.
    folder : Path, optional
        Where it runs.
    environment : mapping, optional
        Added to ours; messages are asked for in English.
    identity : Identity, optional
        Who it runs as.
    """
    words = [os.fspath(word) for word in command]
    try:
        done = subprocess.run(
            words,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "", **(environment or {})},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            stdin=subprocess.DEVNULL,
            **(identity or {}),
        )
    except OSError as error:
        return Outcome(127, "", f"{words[0]}: {error.strerror}")
    return Outcome(done.returncode, done.stdout, done.stderr)
