"""However a stream is cut, repeated or shuffled, it leaves the same tables."""

import random

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.ingest.streams import balance, nasty_stream, pipeline, tables, take
from tests.support.databases import fresh_database
from twin.store.database import Database

STREAM = nasty_stream()
_COPIES = 16  # place of frame.copies in the tables


def test_the_nasty_stream_is_nasty(database: Database) -> None:
    outcomes = take(database, STREAM)
    ended = {f"{outcome} {reason}".strip(): count for (outcome, reason), count in outcomes.items()}
    assert ended.keys() == {"stored", "merged copy", "rejected not_json", "ignored unknown_event"}
    assert min(ended.values()) >= 1
    assert balance(database)["received"] == len(STREAM) == sum(ended.values())
    found = tables(database)
    assert {row[5] for row in found["frame"]} == {0, 1}  # epochs
    assert {row[-1] for row in found["frame"]} > {None}  # decoded by the network, too
    assert [row[3] for row in found["network_event"]].count("status") == 4


@settings(max_examples=8, deadline=None, phases=[Phase.generate])
@given(sizes=st.lists(st.integers(1, 40), max_size=30))
def test_batches_may_fall_anywhere(sizes: list[int]) -> None:
    with fresh_database() as whole, fresh_database() as cut:
        take(whole, STREAM)
        take(cut, STREAM, sizes)
        assert tables(cut) == tables(whole)


@pytest.mark.parametrize("seed", range(5))
def test_a_shuffled_stream_leaves_identical_tables(database: Database, seed: int) -> None:
    dice = random.Random(seed)
    shuffled = dice.sample(STREAM, len(STREAM))
    with fresh_database() as in_order:
        take(in_order, STREAM)
        expected, balanced = tables(in_order), balance(in_order)
    take(database, shuffled, dice.choices(range(1, 60), k=4))
    found = tables(database)
    # which copy came first, hence which minute says "stored", is all that order may change
    assert balance(database) == balanced
    for name in expected.keys() - {"ledger"}:
        assert found[name] == expected[name], name


def test_ten_redeliveries_make_one_row(database: Database) -> None:
    take(database, STREAM)
    before = tables(database)
    for _ in range(10):
        again = [msgspec.structs.replace(one, duplicate=True) for one in STREAM]
        with pipeline(database) as restarted:
            restarted.take(again)
    after = tables(database)
    for name in ("observation", "latest", "device_session", "device", "network_event"):
        assert after[name] == before[name], name
    without_copies = [row[:_COPIES] + row[_COPIES + 1 :] for row in after["frame"]]
    assert without_copies == [row[:_COPIES] + row[_COPIES + 1 :] for row in before["frame"]]
    assert balance(database)["received"] == 11 * len(STREAM)
