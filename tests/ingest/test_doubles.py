"""Two devices under one identifier are found; one device that behaves oddly is not two."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.doubles import Sight, double
from tests.ingest.networks.samples import THINGS_STACK
from tests.ingest.streams import (
    AT,
    balance,
    device,
    lamp,
    message,
    minutes,
    pipeline,
    tables,
    take,
    up,
)
from twin.store.database import Database
from twin.store.doubles import DoubledDevice, doubles
from twin.store.telemetry import TelemetryReader


def frames(*told: int | tuple[str, int], payload: bytes | None = None) -> list[Sight]:
    """Frames a minute apart: counters, or sessions with counters."""
    found = []
    for number, one in enumerate(told):
        session, f_cnt = one if isinstance(one, tuple) else ("a", one)
        said = bytes([number]) if payload is None else payload
        at = AT + timedelta(minutes=number)
        found.append(Sight("chirpstack_v4", session, f_cnt, said, at))
    return found


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([100, 7, 101, 8, 102, 9, 103], [(100, 103), (7, 9)]),
        ([1, 30, 2, 31, 3, 32, 4, 33], [(1, 33), (2, 4)]),
        ([500, 500, 501, 501, 502, 502, 503, 503], [(500, 503), (500, 503)]),  # started together
        ([("a", 4), ("b", 90), ("a", 5), ("b", 91), ("a", 6)], [(4, 6), (90, 91)]),
        (
            [("a", 4), ("a", 5), ("b", 9), ("b", 10), ("a", 6), ("b", 11), ("a", 7)],
            [(4, 7), (9, 11)],
        ),
    ],
)
def test_runs_that_alternate_are_two_devices(
    told: list[int | tuple[str, int]], expected: list[tuple[int, int]]
) -> None:
    found = double(frames(*told))
    assert found is not None
    assert [(run.first_f_cnt, run.last_f_cnt) for run in found.runs] == expected
    assert found.returns >= 3


@pytest.mark.parametrize(
    "told",
    [
        [5, 6, 7, 0, 1, 2, 3, 8, 9],  # reset, then losses up to where it had been
        [("a", 7), ("b", 0), ("c", 0), ("d", 0), ("e", 0)],  # joins again and again
        [("a", 7), ("a", 8), ("b", 0), ("b", 1), ("a", 9), ("a", 10), ("b", 2)],  # held back once
        [0, 1, 0, 1, 0, 1, 0, 1, 0, 1],  # restarts as soon as it sends
        [10, 400, 401, 2000, 2001, 3500],
        [65_534, 65_535, 0, 1, 2],
    ],
)
def test_one_device_may_do_strange_things(told: list[int | tuple[str, int]]) -> None:
    assert double(frames(*told)) is None


def test_one_device_heard_by_two_servers_is_one() -> None:
    heard = []
    for f_cnt in range(6):
        for session in ("a", "key-1"):
            heard += frames((session, f_cnt), payload=bytes([f_cnt]))
    assert double(heard) is None


@given(
    st.lists(
        st.tuples(st.booleans(), st.lists(st.integers(1, 4), min_size=1, max_size=25)), max_size=6
    )
)
def test_a_device_that_counts_resets_joins_and_loses_is_one(
    lives: list[tuple[bool, list[int]]],
) -> None:
    told: list[tuple[str, int]] = []
    session = 0
    for joins, steps in lives:
        session += joins
        f_cnt = -1
        for step in steps:
            f_cnt += step
            told.append((str(session), f_cnt))
    assert double(frames(*told)) is None


@given(
    st.lists(st.booleans(), min_size=20, max_size=60),
    st.integers(2, 60_000),
    st.integers(2, 60_000),
)
def test_two_devices_are_found_whatever_their_turns(
    turns: list[bool], first: int, second: int
) -> None:
    both = [first, second if abs(second - first) > 100 else second + 200]
    told = []
    for turn in turns:
        both[turn] += 1
        told.append(both[turn])
    changes = sum(one != other for one, other in pairwise(turns))
    found = double(frames(*told))
    assert found is not None or changes < 10


def test_both_devices_frames_are_kept_flagged_and_told(database: Database) -> None:
    turns = [100, 7, 101, 8, 102, 9, 103, 10, 104]
    sent = [
        up(1, f_cnt, minutes(10 * turn), payload=lamp(40 + f_cnt))
        for turn, f_cnt in enumerate(turns)
    ]
    with pipeline(database) as worker:
        for one in sent:
            worker.take([one])
    assert len(tables(database)["frame"]) == len(sent)
    [found] = told(database)
    assert (found.dev_eui, found.last_at) == (device(1).dev_eui, minutes(70))
    assert [(run.first_f_cnt, run.last_f_cnt) for run in found.runs] == [(100, 103), (7, 10)]
    [newest] = TelemetryReader(database).latest(["active_power"]).iter_rows(named=True)
    assert newest["quality"] == 8  # of which of the two it is, nobody knows
    assert balance(database) == {"received": 9, "stored": 9}


def test_equal_frames_of_two_devices_are_not_merged(database: Database) -> None:
    """Both lamps are off and say the same; only the network's own identifier tells copies."""
    with pipeline(database) as worker:
        for turn, f_cnt in enumerate([100, 7, 101, 8, 102, 9, 103, 10]):
            worker.take([up(1, f_cnt, minutes(turn), payload=lamp(0))])
        worker.take([up(1, 104, minutes(10), payload=lamp(0), dedup="one")])
        worker.take([up(1, 104, minutes(12), payload=lamp(0), dedup="other")])
        worker.take([up(1, 104, minutes(12), payload=lamp(0), dedup="other")])
    assert len(tables(database)["frame"]) == 10


def test_one_batch_shows_it_too_and_a_sound_device_is_left_alone(database: Database) -> None:
    both = [up(1, count, minutes(turn)) for turn, count in enumerate([50, 7, 51, 8, 52, 9, 53])]
    sound = [up(2, count, minutes(turn)) for turn, count in enumerate([50, 51, 0, 1, 2, 3])]
    take(database, [*both, *sound])
    assert [found.dev_eui for found in told(database)] == [device(1).dev_eui]


def test_two_applications_that_claim_one_device_are_seen_by_its_sessions(
    database: Database,
) -> None:
    eui = THINGS_STACK["end_device_ids"]["dev_eui"]
    sent = []
    for turn in range(6):
        app, key, first = (("lamps", "k1", 10), ("valves", "k2", 900))[turn % 2]
        at = minutes(15 * turn)
        up_message = dict(THINGS_STACK["uplink_message"]) | {
            "session_key_id": key,
            "f_cnt": first + turn,
            "frm_payload": "gkH" + "eABCDE"[turn],
            "received_at": f"{at:%FT%TZ}",
            "rx_metadata": [],
        }
        body = dict(THINGS_STACK) | {
            "correlation_ids": [f"as:up:{turn}"],
            "received_at": f"{at:%FT%TZ}",
            "uplink_message": up_message,
        }
        sent.append(message(f"v3/{app}@city/devices/d7/up", body, at))
    take(database, sent)
    [found] = told(database)
    assert (found.dev_eui, {run.session for run in found.runs}) == (eui.lower(), {"k1", "k2"})


def told(database: Database) -> Sequence[DoubledDevice]:
    with database.connection() as connection:
        return doubles(connection)
