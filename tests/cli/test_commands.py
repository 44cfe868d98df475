"""The command line: help that reads well, one sentence for what goes wrong, never a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from control_center.cli import COMMANDS, application
from tests.support.command_line import called, started
from tests.support.home import REPOSITORY
from tests.support.places import running_services
from twin.store.database import Database
from twin.store.migrate import migrations

BEFORE, NEWEST = (one.number for one in migrations()[-2:])


def test_help_lists_every_command_with_its_sentence(tmp_path: Path) -> None:
    shown = started("--help", home=tmp_path)
    assert shown.returncode == 0
    for name, command in COMMANDS.items():
        assert name in shown.stdout
        assert command.summary[:30] in shown.stdout


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_says_what_it_does(name: str) -> None:
    app = application(name)
    commands = [command for command in app.registered_commands if command.name == name]
    for group in app.registered_groups:
        assert group.typer_instance is not None
        commands += group.typer_instance.registered_commands
    assert commands
    for command in commands:
        assert command.callback is not None
        first = (command.callback.__doc__ or "").strip().split("\n")[0]
        assert first.endswith("."), name


@pytest.mark.parametrize(
    ("words", "environment", "expected"),
    [
        (["db", "status"], {}, "start `make run` or `reverbere up`"),
        (["db", "status"], {"DATABASE_URL": "postgresql://127.0.0.1:9/x"}, "does not answer"),
        (["db", "status"], {"REVERBERE_LOG": "fort"}, "setting LOG: Input should be"),
        (["db", "migrate"], {"DATABASE_URL": "postgresql://u:secret@127.0.0.1:9/x"}, "127.0.0.1"),
    ],
    ids=["nothing runs", "no answer", "wrong setting", "password"],
)
def test_what_goes_wrong_is_one_sentence_and_code_one(
    words: list[str], environment: dict[str, str], expected: str, tmp_path: Path
) -> None:
    done = started(*words, home=tmp_path, **environment)
    assert done.returncode == 1
    assert expected in done.stderr
    assert done.stderr.startswith("reverbere: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "secret" not in done.stderr


def test_an_unknown_command_is_refused(tmp_path: Path) -> None:
    done = started("allumer", home=tmp_path)
    assert done.returncode == 2
    assert "No such command 'allumer'" in done.stderr


def test_a_defect_of_ours_leaves_its_details_in_a_file(tmp_path: Path) -> None:
    code = (
        "import control_center.cli as cli; cli.application = lambda wanted: 1 / 0;"
        "cli.main(['db', 'status'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={**os.environ, "REVERBERE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "unexpected: ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in (tmp_path / "logs/unexpected.log").read_text()


def test_the_database_is_shown_migrated_and_rolled_back(place: Path) -> None:
    with running_services(place):
        made = called("db", "migrate", "--territory", "essai", home=place)
        assert f"schema {NEWEST}" in made.stdout, made.stderr
        told = called("db", "status", "--territory", "essai", "--json", home=place)
        facts = json.loads(told.stdout)
        assert facts["schema"] == facts["expected"] == NEWEST
        assert facts["timescaledb"] is not None
        assert facts["territory"] is None
        words = ("db", "rollback", "--to", str(BEFORE), "--territory", "essai")
        refused = started(*words, home=place, stdin="n\n")
        assert refused.returncode == 1
        done = called(*words, "--yes", home=place)
        assert done.stdout.strip().endswith("down"), done.stderr
        again = json.loads(
            called("db", "status", "--territory", "essai", "--json", home=place).stdout
        )
        assert again["schema"] == BEFORE
        url = called("db", "psql-url", "--territory", "essai", home=place).stdout.strip()
        with Database(url) as database, database.connection() as connection:
            assert connection.execute("SELECT current_database()").fetchone() == ("essai",)


def test_a_given_database_is_not_taken_for_another_territory(
    database: Database, tmp_path: Path
) -> None:
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO territory (slug, name, simulated, timezone, metric_srid, longitude,"
            " latitude, created_at) VALUES ('lecce', 'Lecce', false, 'Europe/Rome', 32633, 18, 40,"
            " '2026-11-19 12:00+00')"
        )
    done = called(
        "db", "migrate", "--territory", "bellerive", home=tmp_path, DATABASE_URL=database.url
    )
    assert done.returncode == 1
    assert "holds the territory 'lecce', not 'bellerive'" in done.stderr
