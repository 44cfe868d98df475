"""Recordings: written as they came, read as they were, told where they are wrong."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.message import Message
from ingest.recordings import Recorder, read_recording
from ingest.sources.recording import RecordingSource
from tests.ingest.streams import AT, message, nasty_stream, tables, take
from twin.clock import VirtualClock
from twin.errors import RecordingInvalid
from twin.store.database import Database


@pytest.mark.parametrize("name", ["r.ndjson", "r.ndjson.gz"])
def test_what_was_recorded_is_read_back(tmp_path: Path, name: str) -> None:
    messages = nasty_stream()
    with Recorder(tmp_path / name) as recorder:
        for one in messages:
            recorder.write(one)
    assert recorder.messages == len(messages)
    assert list(read_recording(tmp_path / name)) == messages


@given(
    topic=st.text(min_size=1, max_size=20), payload=st.binary(max_size=50), at=st.integers(0, 2**53)
)
def test_any_message_survives(
    tmp_path_factory: pytest.TempPathFactory, topic: str, payload: bytes, at: int
) -> None:
    file = tmp_path_factory.mktemp("r") / "r.ndjson"
    sent = Message(topic, payload, at, 1, retained=True)
    with Recorder(file) as recorder:
        recorder.write(sent)
    assert list(read_recording(file)) == [sent]


def test_a_replay_is_recorded_as_it_first_was(tmp_path: Path) -> None:
    with Recorder(tmp_path / "r") as recorder:
        recorder.write(Message("replay/123/a/b", b"x", 999, 1))
    [read] = read_recording(tmp_path / "r")
    assert (read.topic, read.received_at) == ("a/b", 123)


def test_a_capture_is_sent_line_by_line(tmp_path: Path) -> None:
    lines = [
        b'{"devEUI":"d1d1e80000000032","_timestamp":1687511428896,"_topic":"application/rx"}',
        b'{"dev_eui":"A81758FFFE04B1C1","hotspots":[],"_timestamp":1687511428896}',
        b"not json at all",
    ]
    file = tmp_path / "c.ndjson"
    file.write_bytes(b"\n".join(lines) + b"\n\n")
    read = list(read_recording(file))
    assert [one.payload for one in read] == lines
    assert [one.topic for one in read] == [
        "application/rx",
        "helium/a81758fffe04b1c1/rx",
        "capture/unreadable",
    ]
    assert [one.received_at - read[0].received_at for one in read] == [0, 1, 2]


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"hello\n", "line 1: neither a recorded message"),
        (b'{"received_at":1,"topic":"t","payload":"*"}\n', "line 1: 'payload' is not base64"),
        (
            b'{"received_at":1,"topic":"t","payload":""}\n{"topic":"t"}x' + b"y" * 4_000_000,
            "longer than 4 MB",
        ),
    ],
)
def test_a_wrong_recording_is_told_where(tmp_path: Path, raw: bytes, told: str) -> None:
    file = tmp_path / "r.ndjson"
    file.write_bytes(raw)
    with pytest.raises(RecordingInvalid, match=told):
        list(read_recording(file))


def test_a_file_that_is_not_there_or_cut_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordingInvalid, match="cannot be opened"):
        list(read_recording(tmp_path / "none"))
    cut = tmp_path / "cut.gz"
    line = json.dumps({"received_at": 1, "topic": "t", "payload": ""}).encode() + b"\n"
    cut.write_bytes(gzip.compress(line * 1000)[:-20])
    with pytest.raises(RecordingInvalid, match="cannot be read"):
        list(read_recording(cut))
    cut.write_bytes(b"no gzip")
    with pytest.raises(RecordingInvalid, match="cannot be read"):
        list(read_recording(cut))


def test_the_clock_of_a_replay_moves_with_it() -> None:
    clock = VirtualClock(datetime(2000, 1, 1, tzinfo=UTC))
    sent = [message("t", b"", AT), message("t", b"", AT.replace(hour=20))]
    source = RecordingSource(sent, 1, clock)
    batches = source.batches()
    next(batches).commit()
    assert clock.now() == AT
    source.stop()
    assert list(batches) == []
    assert source.stats().acknowledged == 1


def test_a_recording_gives_the_same_tables_as_the_messages(
    database: Database, tmp_path: Path
) -> None:
    from tests.support.databases import fresh_database

    with Recorder(tmp_path / "r.gz") as recorder:
        for one in nasty_stream():
            recorder.write(one)
    take(database, list(read_recording(tmp_path / "r.gz")))
    with fresh_database() as other:
        take(other, nasty_stream())
        assert tables(other) == tables(database)
