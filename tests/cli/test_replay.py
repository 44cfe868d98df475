"""`reverbere replay`: through the broker at any speed, or directly, to the same tables."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from control_center.cli import main
from ingest.recordings import Recorder
from tests.ingest.ordeal import Worker
from tests.ingest.streams import nasty_stream, tables
from tests.support.databases import fresh_database
from twin.store.database import Database

Replay = Callable[..., str]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    file = tmp_path / "r.ndjson.gz"
    with Recorder(file) as recorder:
        for message in nasty_stream():
            recorder.write(message)
    return file


@pytest.fixture
def replay(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path, broker: str
) -> Replay:
    def run(database: Database, *arguments: object) -> str:
        monkeypatch.setenv("DATABASE_URL", database.url)
        monkeypatch.setenv("MQTT_URL", broker)
        monkeypatch.setenv("REVERBERE_HOME", str(tmp_path / "home"))
        with suppress(SystemExit):
            main(["replay", *map(str, arguments)])
        out, err = capfd.readouterr()
        return out + err

    return run


def test_two_speeds_and_both_doors_leave_the_same_tables(
    database: Database, broker: str, recording: Path, replay: Replay, tmp_path: Path
) -> None:
    told = replay(database, recording, "--direct", "--json")
    received = sum(row["count"] for row in json.loads(told) if row["outcome"] == "received")
    assert received == len(nasty_stream())
    expected = tables(database)
    for speed in ("max", "100000"):
        with fresh_database() as other:
            worker = Worker(broker, other.url, tmp_path / "home", tmp_path / f"{speed}.log")
            worker.start()
            worker.wait_until_listening()
            told = replay(other, recording, "--speed", speed)
            assert "the ledger balances" in told, told
            assert worker.stop() == 0
            assert tables(other) == expected


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--speed", "0"], "--speed takes a number above 0"),
        (["--speed", "fast"], "--speed takes a number above 0"),
        (["--zone", "Paris"], "--zone takes a time zone such as Europe/Paris or UTC, not 'Paris'"),
        (["--zone", "../etc/passwd"], "--zone takes a time zone"),
    ],
)
def test_a_wrong_speed_or_zone_is_told(
    database: Database, recording: Path, replay: Replay, arguments: list[str], told: str
) -> None:
    assert told in replay(database, recording, *arguments)


def test_a_wrong_file_is_told_before_anything_is_sent(
    database: Database, replay: Replay, tmp_path: Path
) -> None:
    file = tmp_path / "x.ndjson"
    file.write_text("hello\n")
    assert "x.ndjson, line 1: neither a recorded message" in replay(database, file, "--direct")
    file.write_text("")
    assert "holds no message" in replay(database, file, "--direct")


def test_an_export_is_stored_with_the_zone_that_is_named(
    database: Database, replay: Replay, tmp_path: Path
) -> None:
    file = tmp_path / "export.csv"
    line = "23/01/2024 18:13;g;d1d1e80000000033;7"
    file.write_text(f"Date Time;Gateway;DevEUI;Sequence\n{line}\njunk\n")
    told = replay(database, file, "--direct", "--zone", "UTC")
    assert "reception_export rejected   wrong_shape" in told
    assert "sent 2, received 2 = ended 2: the ledger balances" in told
    with database.connection() as connection:
        [(at,)] = connection.execute("SELECT event_at FROM frame").fetchall()
    assert at.isoformat() == "2024-01-23T18:13:00+00:00"


def test_a_replay_that_nobody_takes_says_so(
    database: Database, recording: Path, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    from control_center.cli import replay as module

    monkeypatch.setattr(module, "_PATIENCE_S", 1.0)
    told = replay(database, recording)
    assert "is `reverbere ingest` running" in told
    assert "Traceback" not in told
