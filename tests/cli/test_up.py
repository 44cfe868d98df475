"""``reverbere up`` from start to stop, as a person at a terminal sees it."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from control_center.cli.up import Progress, _web_port
from control_center.services.processes import wait_until
from control_center.services.registry import running
from tests.support.home import REPOSITORY
from tests.support.places import settings_of
from twin.errors import PortTaken


@contextmanager
def up(home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Start it on a home folder of its own; end it, whatever the test did to it."""
    settings = settings_of(home)
    environment = {
        **os.environ,
        "REVERBERE_HOME": str(home),
        "REVERBERE_SERVICES_PREFIX": str(settings.services.prefix),
        "REVERBERE_SERVICES_MQTT_PORT": str(settings.services.mqtt_port),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "control_center", "up", "--territory", "essai", *words],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(120)


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """Return what it said up to some words."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(said)


def family(process: subprocess.Popen[str]) -> dict[psutil.Process, str]:
    """All processes that it started, with their words; servers start and end some all the while."""
    found = {}
    for one in psutil.Process(process.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            found[one] = " ".join(one.cmdline())
    return found


def lives(process: psutil.Process) -> bool:
    """Whether it runs; who ended and was not asked for its end runs no more."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_it_starts_answers_says_where_and_stops_everything(place: Path) -> None:
    with up(place) as process:
        said = read_until(process, "Ctrl-C")
        web = running(place)
        assert web is not None
        assert web.web is not None
        assert web.web in said
        assert "reverbere import" in said, "an empty territory says how to fill it"
        answer = httpx.get(f"{web.web}/health", timeout=120)
        assert answer.status_code == 200
        assert answer.json()["services"]["database"]["provider"] == "prefix"
        started = family(process)
        names = " ".join(started.values())
        for wanted in ("postgres", "mosquitto", "control_center ingest", "control_center serve"):
            assert wanted in names
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "stopped" in rest
    assert "Traceback" not in said + rest
    assert [words for one, words in started.items() if lives(one)] == []
    assert running(place) is None


def test_its_processes_do_not_outlive_it_when_it_is_killed(place: Path) -> None:
    with up(place) as process:
        read_until(process, "Ctrl-C")
        ours = [one for one, words in family(process).items() if "control_center" in words]
        assert len(ours) == 2
        process.kill()
        assert wait_until(lambda: not any(lives(one) for one in ours), 120)
    with up(place) as second:  # the servers that stayed are taken over
        assert "ready" in read_until(second, "ready")


def test_a_second_one_says_where_the_first_is(place: Path) -> None:
    with up(place) as first:
        read_until(first, "Ctrl-C")
        with up(place) as second:
            said, _ = second.communicate(timeout=120)
        assert second.returncode == 1
        assert re.search(r"already running: http://127\.0\.0\.1:\d+", said)
        assert first.poll() is None


def test_a_taken_port_that_was_asked_for_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {taken} is already taken"):
            _web_port(settings_of(tmp_path), taken, Progress())


def test_a_taken_port_that_nobody_asked_for_is_replaced_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_of(tmp_path)
    usual = settings.web.port
    with ExitStack() as stack:
        with suppress(OSError):  # somebody has it already
            stack.enter_context(socket.create_server(("127.0.0.1", usual)))
        found = _web_port(settings, None, Progress())
    assert found > usual
    assert f"the pages are on port {found}" in capsys.readouterr().out
