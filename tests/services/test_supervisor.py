"""The supervisor starts, watches, restarts and stops; and says why when it cannot."""

import os
import signal
import sys
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from control_center.services import supervisor as module
from control_center.services.logs import last_line, rotate
from control_center.services.places import current_account
from control_center.services.processes import wait_until
from control_center.services.supervisor import Program, Supervised, Supervisor
from twin.errors import ServiceError


def program(folder: Path, code: str, **more: object) -> Program:
    return Program(
        name="essai",
        command=[sys.executable, "-c", code],
        token="-c",
        log=folder / "essai.log",
        run=folder / "run",
        account=current_account(),
        **more,  # type: ignore[arg-type]
    )


def test_a_process_that_dies_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FIRST_DELAY_S", 0.01)
    told: list[str] = []
    supervisor = Supervisor(told.append)
    try:
        watched = supervisor.start(program(tmp_path, "import time; time.sleep(60)"))
        first = watched.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert wait_until(lambda: watched.pid not in (None, first), 120)
        assert watched.restarts == 1
        assert told == ["essai ended (killed by SIGKILL); it starts again in 0.01 s"]
    finally:
        supervisor.stop()
    assert watched.pid is None
    assert not (tmp_path / "run" / "essai.json").exists()


def test_a_process_that_keeps_dying_is_started_ever_more_rarely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now))
    watched = Supervised(program(tmp_path, "print('perdu')"))
    watched._launch()
    starts = []
    for tick in range(1000):  # 100 s, one look every tenth
        now = tick / 10
        assert watched._process is not None
        watched._process.wait()
        before = watched.restarts
        watched.watch()
        if watched.restarts > before:
            starts.append(now)
    waits = [round(later - earlier) for earlier, later in pairwise(starts)]
    assert waits[:6] == [1, 2, 4, 8, 16, 30]


def test_a_process_that_ends_at_once_is_an_error_with_its_last_word(tmp_path: Path) -> None:
    short = program(tmp_path, "print('bonjour'); print('pas de place')", ready=lambda: False)
    with pytest.raises(ServiceError, match="ended at once: pas de place") as caught:
        Supervised(short).start()
    assert "essai.log" in caught.value.sentence


def test_a_process_that_is_never_ready_is_stopped(tmp_path: Path) -> None:
    slow = program(tmp_path, "import time; time.sleep(60)", ready=lambda: False, patience_s=0.1)
    watched = Supervised(slow)
    with pytest.raises(ServiceError, match="is not ready in time: no output"):
        watched.start()
    assert watched.pid is None


def test_a_large_log_is_moved_aside_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    with log.open("ab", buffering=0) as writer:
        for turn in range(5):
            writer.write(f"tour {turn}\n".encode() * 20)
            rotate(log, limit=100)
        writer.write(b"fin\n")
    assert log.read_text() == "fin\n"
    assert [file.name for file in sorted(tmp_path.iterdir())] == [
        "a.log",
        "a.log.1",
        "a.log.2",
        "a.log.3",
    ]
    assert last_line(tmp_path / "a.log.1") == "tour 4"
