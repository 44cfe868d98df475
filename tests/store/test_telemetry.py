"""Telemetry read back, and writers that meet."""

from datetime import timedelta

import polars as pl
import pytest

from ingest.message import Message
from ingest.pen import Pen
from ingest.pipeline import Outcomes, Pipeline
from tests.ingest.streams import AT, balance, device, helium, message, minutes, pipeline, take, up
from twin.errors import NotFound
from twin.store.database import Database
from twin.store.ledger import LEDGER, REJECTED, LedgerReader
from twin.store.telemetry import HISTORY, LATEST, STREAMS, TelemetryReader


@pytest.fixture
def lights(database: Database) -> list[int]:
    """Two lights with a controller each, and what they said in an hour."""
    with database.connection() as connection:
        ids = [
            connection.execute(
                "INSERT INTO asset (kind, code, valid_from) VALUES ('streetlight', %s, %s)"
                " RETURNING id",
                (f"L-{number}", AT),
            ).fetchone()[0]  # type: ignore[index]
            for number in range(2)
        ]
        for number, asset in enumerate(ids):
            connection.execute(
                "INSERT INTO device (dev_eui, network, asset_id, registered)"
                " VALUES (%s, '', %s, true)",
                (device(number).dev_eui, asset),
            )
    for turn in range(4):
        take(database, [up(number, turn, minutes(15 * turn + number)) for number in range(2)])
    return ids


def test_the_newest_values_since_a_batch(database: Database, lights: list[int]) -> None:
    reader = TelemetryReader(database)
    everything = reader.latest(["active_power", "lamp_on"])
    assert everything.schema == LATEST
    assert sorted(everything["asset_id"].unique()) == sorted(lights)
    last = int(everything["batch"].max())  # type: ignore[arg-type]
    assert reader.latest(["active_power"], since_batch=last).is_empty()
    take(database, [up(0, 9, minutes(99))])
    newer = reader.latest(["active_power"], since_batch=last)
    assert newer["asset_id"].to_list() == [lights[0]]


def test_a_curve_and_the_history_of_many(database: Database, lights: list[int]) -> None:
    reader = TelemetryReader(database)
    curve = reader.observations(lights[0], "voltage", AT, minutes(30))
    assert curve["measured_at"].to_list() == [AT, minutes(15)]
    assert reader.observations(lights[0], "voltage", AT, AT, channel=0).is_empty()
    assert reader.observations(lights[0], "voltage", AT, minutes(99), channel=1).is_empty()
    history = reader.history(["voltage", "lamp_on"], AT, minutes(99))
    assert history.schema == HISTORY
    assert len(history) == 16
    assert history.equals(history.sort("asset_id", "property", "channel", "measured_at"))
    one = reader.history(["voltage"], AT, minutes(99), asset_ids=[lights[1]])
    assert one["asset_id"].unique().to_list() == [lights[1]]


def test_what_is_measured_at_an_asset(database: Database, lights: list[int]) -> None:
    streams = TelemetryReader(database).streams(lights[0])
    assert streams.schema == STREAMS
    assert streams.filter(pl.col("property") == "voltage").row(0, named=True) == {
        "property": "voltage",
        "channel": 0,
        "unit": "V",
        "dev_eui": device(0).dev_eui,
        "measured_at": minutes(45),
        "value": 230.0,
        "quality": 0,
    }


def test_the_ledger_by_minute_and_in_total(database: Database) -> None:
    take(database, [up(1, turn, minutes(turn / 2)) for turn in range(4)])
    take(database, [message("nobody/knows", b"x", minutes(1))])
    reader = LedgerReader(database)
    rows = reader.minutes()
    assert rows.schema == LEDGER
    assert rows["minute"].unique().sort().to_list() == [AT, minutes(1)]
    totals = {
        (r["source"], r["outcome"]): r["count"] for r in reader.totals().iter_rows(named=True)
    }
    assert totals == {
        ("chirpstack_v4", "received"): 4,
        ("chirpstack_v4", "stored"): 4,
        ("unknown", "received"): 1,
        ("unknown", "rejected"): 1,
    }
    assert reader.minutes(AT, minutes(1))["count"].sum() == 4
    assert reader.minutes(minutes(5), minutes(6)).schema == LEDGER


def test_the_quarantine_is_read_page_by_page(database: Database) -> None:
    take(database, [message("nobody/knows", b"%d" % number, AT) for number in range(5)])
    reader = LedgerReader(database)
    first = reader.rejected(limit=3)
    assert first.schema == REJECTED
    rest = reader.rejected(limit=3, before=int(first["id"][-1]))
    assert sorted([*first["raw"], *rest["raw"]]) == [b"0", b"1", b"2", b"3", b"4"]
    assert first["reason"].unique().to_list() == ["unknown_topic"]


def test_where_are_my_messages(database: Database) -> None:
    take(database, [helium(7, AT, "h1"), helium(7, AT, "h2", seen=minutes(20))])
    report = LedgerReader(database).device("a81758fffe04b1c1")
    [frame] = report["frames"]
    assert (frame["copies"], frame["received_at"]) == (2, AT + timedelta(seconds=1))
    assert bytes(frame["receptions"]).count(b"\n") == 1
    with pytest.raises(NotFound):
        LedgerReader(database).device("ffffffffffffffff")


@pytest.mark.parametrize("in_turn", [True, False], ids=["in turn", "at once"])
def test_two_writers_of_the_same_frames_store_them_once(
    database: Database, monkeypatch: pytest.MonkeyPatch, *, in_turn: bool
) -> None:
    """In turn, the second looks again; at once, it believes them new and the keys tell it."""
    if not in_turn:
        monkeypatch.setattr(Pen, "take", lambda _: False)
    sent = [up(1, turn, minutes(turn)) for turn in range(5)]

    def take_in_turn(worker: Pipeline, messages: list[Message]) -> Outcomes:
        outcomes = worker.take(messages)
        worker.give_way()
        return outcomes

    with pipeline(database) as first, pipeline(database) as second:
        for worker in (first, second):
            take_in_turn(worker, [up(1, 0, minutes(-1))])
        assert take_in_turn(first, sent[1:]).total() == 4
        outcomes = take_in_turn(second, sent[1:])
    assert {str(outcome): count for (outcome, _), count in outcomes.items()} == {"merged": 4}
    assert balance(database)["stored"] == 5
    with database.connection() as connection:
        row = connection.execute("SELECT count(*) FROM observation").fetchone()
    assert row == (35,)


def test_two_workers_that_share_a_device_agree_on_its_counter(database: Database) -> None:
    """A copy with another identifier at the other worker is told by what the store knows."""
    sent = [up(1, turn, minutes(turn)) for turn in range(6)]
    copy = up(1, 4, minutes(4), dedup="other", gateway="0016c001f153a14d", delay_s=2)
    with pipeline(database) as first, pipeline(database) as second:
        for worker, message_ in zip((first, second) * 4, [*sent, copy], strict=False):
            worker.take([message_])
            worker.give_way()
    assert balance(database) == {"received": 7, "stored": 6, "merged": 1}
    report = LedgerReader(database).device(device(1).dev_eui)
    assert (report["device"]["received"], report["device"]["epoch"]) == (6, 0)
    assert max(frame["copies"] for frame in report["frames"]) == 2
