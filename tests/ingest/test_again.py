"""The quarantine gives back what a fix lets in, and the ledger balances all the while."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.again import Retaken, take_again
from ingest.message import Message
from tests.ingest.sources.brokers import until
from tests.ingest.streams import AT, balance, message, minutes, pipeline, take, up
from twin.errors import LedgerOutOfStep
from twin.model.states import Outcome
from twin.store.database import Database
from twin.store.ledger import LedgerReader
from twin.store.quarantine import Kept, claim

MAPPING = '[[topic]]\nfilter="t/+"\ndevice="{1}"\nproperty="voltage"'


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    found = tmp_path / "plain.toml"
    found.write_text(MAPPING)
    return found


def again(database: Database, mapping: Path | None = None, **chosen: Any) -> Counter[str]:
    with pipeline(database, plain_mapping=mapping) as made:
        report = take_again(database, made, **chosen)
    return Counter({f"{end} {why}".strip(): n for (end, why), n in report.outcomes.items()})


def ledger(database: Database) -> dict[tuple[Any, ...], int]:
    rows = LedgerReader(database).minutes().iter_rows()
    return {(source, minute, outcome, why): count for source, minute, outcome, why, count in rows}


def test_what_a_fix_lets_in_is_counted_where_it_belongs(database: Database, mapping: Path) -> None:
    sent = [message("t/m", b"230", minutes(n)) for n in (1, 1.5, 3)]
    take(database, [*sent, message("t/m", b"231", minutes(1)), message("nobody/knows", b"x", AT)])
    assert again(database, mapping) == {"stored": 2, "rejected unknown_topic": 1}
    assert ledger(database) == {
        ("plain", minutes(1), "received", ""): 3,
        ("plain", minutes(1), "stored", "again"): 2,
        ("plain", minutes(1), "merged", "copy"): 1,
        ("plain", minutes(3), "received", ""): 1,
        ("plain", minutes(3), "merged", "copy"): 1,
        ("unknown", AT, "received", ""): 1,
        ("unknown", AT, "rejected", "unknown_topic"): 1,
    }
    balance(database)
    [left] = LedgerReader(database).rejected().iter_rows(named=True)
    assert (left["topic"], left["times"]) == ("nobody/knows", 1)
    assert again(database, mapping) == {"rejected unknown_topic": 1}
    assert balance(database) == {"received": 5, "stored": 2, "merged": 2, "rejected": 1}


def test_what_came_meanwhile_by_another_way_is_merged(database: Database) -> None:
    sent = up(1, 7, AT)
    with pipeline(database, message_bytes=1_024) as strict:
        big = Message(sent.topic, sent.payload + b" " * 1_024, sent.received_at, 1)
        strict.take([big])
    take(database, [sent])
    assert again(database, reason="too_large") == {"merged copy": 1}
    assert balance(database) == {"received": 2, "stored": 1, "merged": 1}


def test_only_what_was_asked_for_is_tried(database: Database, mapping: Path) -> None:
    take(database, [message(f"t/{n}", b"230", AT) for n in range(3)])
    first = int(LedgerReader(database).rejected()["id"].min())  # type: ignore[arg-type] # a whole number
    assert again(database, mapping, ids=[first]) == {"stored": 1}
    assert again(database, mapping, source="helium") == {}
    assert again(database, mapping, reason="unknown_topic") == {"stored": 2}


def test_a_message_that_was_cut_is_not_tried(database: Database) -> None:
    with pipeline(database, rejected_bytes=256) as made:
        made.take([message("nobody/knows", b"x" * 300, AT)])
        report = take_again(database, made)
    assert (report.cut, report.taken, report.outcomes.total()) == (1, 0, 0)


def test_a_ledger_that_somebody_else_wrote_to_is_left_alone(
    database: Database, mapping: Path
) -> None:
    take(database, [message("t/m", b"230", AT)])
    with database.connection() as connection:
        connection.execute("DELETE FROM ledger WHERE outcome = 'rejected'")
    with pytest.raises(LedgerOutOfStep):
        again(database, mapping)
    assert LedgerReader(database).rejected().height == 1
    with database.connection() as connection:
        assert connection.execute("SELECT count(*) FROM frame").fetchone() == (0,)


@contextmanager
def working(database: Database) -> Iterator[threading.Event]:
    """A worker with the pen in its hand, that gives it when it is asked."""
    asked = threading.Event()
    with pipeline(database) as worker, database.dedicated("test", autocommit=True) as ear:
        worker.take([up(1, 0, AT)])
        ear.execute("LISTEN reverbere_pen")

        def listen() -> None:
            for _ in ear.notifies(timeout=120, stop_after=1):
                asked.set()
                worker.give_way()

        thread = threading.Thread(target=listen)
        thread.start()
        yield asked
        thread.join()
        worker.take([up(1, 1, minutes(1))])  # and takes it up again


def test_a_worker_at_work_is_asked_for_the_pen(database: Database, mapping: Path) -> None:
    take(database, [message("t/m", b"230", AT)])
    with working(database) as asked:
        assert again(database, mapping) == {"stored": 1}
        assert until(asked.is_set)
    assert balance(database) == {"received": 3, "stored": 3}


COUNTS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from("ab"), st.integers(1, 9)),
    min_size=1,
    max_size=5,
    unique_by=lambda one: one[:2],
)


@given(st.lists(st.tuples(COUNTS, st.sampled_from(list(Outcome))), min_size=1, max_size=6))
def test_whatever_is_taken_the_new_rows_weigh_what_the_old_ones_did(
    found: list[tuple[list[tuple[int, str, int]], Outcome]],
) -> None:
    kept = {
        number: Kept(
            number,
            "s",
            "t",
            "a",
            b"",
            0,
            AT,
            [(minutes(m), why, n) for m, why, n in sorted(counts)],
        )
        for number, (counts, _) in enumerate(found)
    }
    fates = Retaken([message("t", b"", AT, token=number) for number in kept], kept)
    for number, (_, outcome) in enumerate(found):
        fates.end(number, outcome, "why")
    rows = fates.ledger()
    weight = sum(n for counts, end in found if end != Outcome.REJECTED for _, _, n in counts)
    received = sum(row.messages for row in rows if row.outcome == "received")
    assert received == sum(row.messages for row in rows if row.outcome != "received") == weight
    assert len({row[:4] for row in rows}) == len(rows)
    assert all(row.messages > 0 for row in rows)


def test_what_the_quarantine_says_of_a_message(database: Database) -> None:
    take(database, [message("nobody/knows", b"x", minutes(n)) for n in (0, 0.2, 2)])
    with database.connection() as connection:
        [kept] = claim(connection)
    assert kept.counted == [(AT, "unknown_topic", 2), (minutes(2), "unknown_topic", 1)]
    assert kept.whole
