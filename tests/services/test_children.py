"""What our own processes complain about reaches the terminal, once, in one line each."""

import json
import subprocess
import sys
from pathlib import Path

from control_center.services.children import Complaints, answers, child
from control_center.settings import Settings
from tests.support.home import REPOSITORY


def write(log: Path, *events: object) -> None:
    with log.open("a", encoding="utf-8") as file:
        for event in events:
            file.write((event if isinstance(event, str) else json.dumps(event)) + "\n")


def test_only_new_and_grave_lines_are_told(tmp_path: Path) -> None:
    log = tmp_path / "ingest.log"
    write(log, {"level": "error", "event": "d'hier"})
    complaints = Complaints(log)
    assert list(complaints.new()) == []
    write(
        log,
        {"level": "info", "event": "reçu", "messages": 3},
        {"level": "error", "event": "broker lost", "logger": "a", "timestamp": "b", "after_s": 5},
        "Traceback (most recent call last):",
        {"level": "critical", "event": "fin"},
    )
    assert list(complaints.new()) == ["broker lost (after_s 5)", "fin"]
    assert list(complaints.new()) == []
    write(log, {"level": "error", "event": "broker lost", "after_s": 5})
    assert list(complaints.new()) == [], "the same complaint is not repeated at once"


def test_the_cause_of_a_failure_is_told_without_its_traceback(tmp_path: Path) -> None:
    log = tmp_path / "serve.log"
    code = (
        "import structlog; from control_center.logging import configure; configure('json')\n"
        "secret = 'hunter2'\n"
        "try: 1 / 0\n"
        "except ZeroDivisionError: structlog.get_logger('x').exception('job failed', job='a')"
    )
    complaints = Complaints(log)
    with log.open("w") as output:
        subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, stderr=output, check=True)
    assert list(complaints.new()) == ["job failed (job a): ZeroDivisionError: division by zero"]
    assert "hunter2" not in log.read_text()


def test_a_line_that_is_not_finished_waits(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    complaints = Complaints(log)
    assert list(complaints.new()) == []
    log.write_text('{"level": "error", "eve')
    assert list(complaints.new()) == []
    with log.open("a") as file:
        file.write('nt": "coupé"}\n')
    assert list(complaints.new()) == ["coupé"]


def test_a_log_that_was_moved_aside_is_read_from_its_new_beginning(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    write(log, *[{"level": "info", "event": "long"}] * 50)
    complaints = Complaints(log)
    log.write_text("")
    write(log, {"level": "error", "event": "après"})
    assert list(complaints.new()) == ["après"]


def test_an_address_where_nobody_listens_does_not_answer() -> None:
    assert not answers("http://127.0.0.1:9/health")()


def test_a_child_reads_its_settings_from_the_environment_and_ends_with_us() -> None:
    program = child(Settings(), "ingest", "lecce")
    assert program.environment["REVERBERE_TERRITORY"] == "lecce"
    assert program.environment["REVERBERE_PARENT"].isdigit()
    assert program.command[-3:] == ["-m", "control_center", "ingest"]
    assert not any("password" in str(word) for word in program.command)
