"""Processes are recognised before anything is sent to them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from control_center.services.processes import (
    Mark,
    alive,
    stop,
    stop_recorded,
    wait_until,
    working_in,
)

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(flush=True)
time.sleep(60)
"""


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(SLEEP, cwd=tmp_path) as process:
        yield process
        process.kill()


def mark_of(process: subprocess.Popen[bytes]) -> Mark:
    mark = Mark.of(process.pid, "time.sleep")
    assert mark is not None
    return mark


def test_a_living_process_is_alive(sleeper: subprocess.Popen[bytes]) -> None:
    assert alive(mark_of(sleeper))


def test_a_zombie_counts_as_dead(sleeper: subprocess.Popen[bytes]) -> None:
    mark = mark_of(sleeper)
    sleeper.kill()  # and nobody has waited for it yet
    assert wait_until(lambda: Mark.of(sleeper.pid, "") is None, 120)
    assert Path(f"/proc/{sleeper.pid}").exists()
    assert not alive(mark)


@pytest.mark.parametrize(
    "difference", [{"began": 1}, {"token": "postgres -D /elsewhere"}], ids=["began", "command"]
)
def test_a_number_used_again_by_another_program_gets_no_signal(
    sleeper: subprocess.Popen[bytes], difference: dict[str, object]
) -> None:
    other = replace(mark_of(sleeper), **difference)  # type: ignore[arg-type]
    assert not alive(other)
    assert stop(other, patience=1)
    assert sleeper.poll() is None


def test_stopping_ends_a_process_that_does_not_listen() -> None:
    with subprocess.Popen([sys.executable, "-c", DEAF], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it ignores the signal from here on
        assert stop(mark_of(process), patience=0.1)
        assert process.wait() == -signal.SIGKILL


def test_what_a_killed_run_recorded_is_stopped(
    sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    mark_of(sleeper).write(tmp_path / "broker.json")
    (tmp_path / "half.json").write_text("{")
    assert stop_recorded(tmp_path) == []
    assert sleeper.wait() == -signal.SIGTERM
    assert list(tmp_path.glob("*.json")) == []


def test_a_process_is_found_by_the_folder_it_works_in(
    sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    assert working_in(tmp_path) == [sleeper.pid]
    assert os.getpid() in working_in(Path.cwd())
