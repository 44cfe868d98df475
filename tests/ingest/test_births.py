"""What a Sparkplug birth named is known to whoever reads the data: later, and beside others."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from ingest.message import Message
from ingest.pipeline import Pipeline
from tests.ingest.networks.test_sparkplug import BD_SEQ, FLOAT, UINT64, metric, payload
from tests.ingest.streams import AT, balance, message, minutes, pipeline
from twin.store.database import Database
from twin.store.telemetry import TelemetryReader

NODE = "spBv1.0/ville/{}/n1"
WARMTH = metric(name="temperature", alias=1, datatype=FLOAT, float_value=20.5)
DAMP = metric(name="humidity", alias=1, datatype=FLOAT, float_value=40.0)


def birth(at: datetime, *metrics: object, kind: str = "NBIRTH", device: str = "") -> Message:
    number = [BD_SEQ] if kind == "NBIRTH" else []
    return told(at, kind, payload(*number, *metrics, at=None), device)


def data(at: datetime, value: float, *, seq: int = 1, device: str = "") -> Message:
    kind = "DDATA" if device else "NDATA"
    return told(at, kind, payload(metric(alias=1, float_value=value), seq=seq, at=None), device)


def told(at: datetime, kind: str, raw: bytes, device: str = "") -> Message:
    return message(NODE.format(kind) + (f"/{device}" if device else ""), raw, at)


def newest(database: Database) -> dict[str, float]:
    rows = TelemetryReader(database).latest(["air_temperature", "relative_humidity"])
    return dict(zip(rows["property"], rows["value"], strict=True))


def ended(worker: Pipeline, messages: Sequence[Message]) -> dict[str, int]:
    return {f"{end} {why}".strip(): count for (end, why), count in worker.take(messages).items()}


def test_a_worker_that_starts_again_knows_the_births(database: Database) -> None:
    with pipeline(database) as before:
        before.take([birth(AT, WARMTH), birth(AT, DAMP, kind="DBIRTH", device="d1")])
    with pipeline(database) as after:
        found = ended(after, [data(minutes(1), 23.5), data(minutes(1), 55.0, device="d1")])
        assert found == {"stored": 2}
        assert after.networks.requests() == []
    assert newest(database) == {"air_temperature": 23.5, "relative_humidity": 55.0}


def test_of_two_workers_each_knows_what_the_other_has_read(database: Database) -> None:
    with pipeline(database, workers=2) as one, pipeline(database, workers=2) as other:
        one.take([birth(AT, WARMTH)])
        one.give_way()
        assert ended(other, [data(minutes(1), 23.5)]) == {"stored": 1}
        other.take([birth(minutes(2), DAMP)])  # it was changed: the alias means something else
        other.give_way()
        assert ended(one, [data(minutes(3), 61.0)]) == {"stored": 1}
        one.give_way()
    assert newest(database) == {"air_temperature": 23.5, "relative_humidity": 61.0}


def test_only_what_nobody_has_read_asks_for_a_rebirth(database: Database) -> None:
    with pipeline(database) as worker:
        assert ended(worker, [data(AT, 23.5)]) == {"rejected before_birth": 1}
        [request] = worker.networks.requests()
    assert request.topic == "spBv1.0/ville/NCMD/n1"


def test_the_birth_of_a_node_ends_its_devices(database: Database) -> None:
    with pipeline(database) as before:
        before.take([birth(AT, WARMTH), birth(AT, DAMP, kind="DBIRTH", device="d1")])
        before.take([birth(minutes(1), WARMTH)])
    with pipeline(database) as after:
        assert ended(after, [data(minutes(2), 55.0, device="d1")]) == {"rejected before_birth": 1}


def test_an_old_death_is_known_after_a_restart(database: Database) -> None:
    death = payload(metric(name="bdSeq", datatype=UINT64, long_value=3), seq=None, at=None)
    with pipeline(database) as before:
        before.take([birth(AT, WARMTH)])
    with pipeline(database) as after:
        found = ended(after, [data(minutes(1), 23.5), told(minutes(2), "NDEATH", death)])
    assert found == {"stored": 1, "ignored stale_death": 1}


def test_a_birth_that_was_not_stored_is_not_believed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pipeline(database) as worker:
        sent = [birth(AT, WARMTH), data(minutes(1), 23.5)]
        monkeypatch.setattr(worker, "store", _away)
        with pytest.raises(OSError, match="away"):
            worker.take([sent[0]])
        monkeypatch.undo()
        assert ended(worker, sent) == {"stored": 2}
    with pipeline(database) as after:
        assert ended(after, [data(minutes(2), 24.5)]) == {"stored": 1}
    assert balance(database) == {"received": 3, "stored": 3}


def _away(_: object) -> None:
    raise OSError("away")
