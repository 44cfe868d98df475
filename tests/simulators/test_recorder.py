import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.recordings import read_recording
from simulators.city import City
from simulators.life import record
from simulators.message import Message
from simulators.recorder import Recorder
from simulators.simulation import Simulation

START = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("name", "hours"), [("hour.ndjson", 1), ("day.ndjson.gz", 24)])
def test_a_recorded_day_is_the_same_to_the_byte_each_time(
    hamlet: City, tmp_path: Path, name: str, hours: int
) -> None:
    files = [tmp_path / turn / name for turn in ("first", "second")]
    for file in files:
        file.parent.mkdir()
        assert record(Simulation(hamlet, START), START, hours, file) > 200 * hours
    assert files[0].read_bytes() == files[1].read_bytes()


def test_another_seed_lives_another_day(hamlet: City, tmp_path: Path) -> None:
    for seed in (1, 2):
        record(Simulation(hamlet, START, seed), START, 0.1, tmp_path / f"{seed}.ndjson")
    assert (tmp_path / "1.ndjson").read_bytes() != (tmp_path / "2.ndjson").read_bytes()


def test_ingest_reads_what_was_recorded(hamlet: City, tmp_path: Path) -> None:
    path = tmp_path / "hour.ndjson.gz"
    count = record(Simulation(hamlet, START), START, 1, path)
    messages = list(read_recording(path))
    assert len(messages) == count
    received = [message.received_at for message in messages]
    assert received == sorted(received)
    assert min(received) >= START.timestamp() * 1e6
    assert all(json.loads(message.payload) for message in messages)


def test_a_line_keeps_bytes_that_are_no_text(tmp_path: Path) -> None:
    with Recorder(tmp_path / "r.ndjson.gz") as recorder:
        recorder.write([Message(1_000_000, "a/b", b"\xff\x00", retain=True)])
    assert recorder.count == 1
    with gzip.open(tmp_path / "r.ndjson.gz") as file:
        line = json.loads(file.read())
    assert (line["topic"], line["payload"], line["received_at"]) == ("a/b", "/wA=", 1_180_000)
