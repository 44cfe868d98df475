"""Frames of which only the receptions are told: counted, merged, not read for what nobody said."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.codecs.profiles import profiles
from ingest.message import Message
from ingest.recordings import read_recording
from ingest.redecode import Redecoder
from tests.ingest.streams import AT, balance, device, lamp, minutes, tables, take, up
from tests.support.databases import fresh_database
from twin.store.database import Database
from twin.store.doubles import doubles

Exported = Callable[..., list[Message]]

HEAD = "time;gateway;dev_eui;dev_addr;f_cnt;port;sf;rssi"
EUI = device(1).dev_eui
ADDRESS = "00000001"


def heard(
    f_cnt: int, at: datetime, gateway: str = "far", *, address: str = ADDRESS, number: int = 1
) -> str:
    """One line: to the minute, in UTC, with the port that lamps use."""
    name = device(number).dev_eui
    return f"{at:%Y-%m-%d %H:%M}Z;{gateway};{name};{address};{f_cnt};1;7;-120"


@pytest.fixture
def exported(tmp_path: Path) -> Exported:
    def messages(*lines: str) -> list[Message]:
        file = tmp_path / "export.csv"
        file.write_text("\n".join((HEAD, *lines)))
        return list(read_recording(file))

    return messages


def rows(database: Database, columns: str) -> list[tuple[Any, ...]]:
    with database.connection() as connection:
        return connection.execute(f"SELECT {columns} FROM frame ORDER BY epoch, f_cnt").fetchall()


def registered(database: Database) -> list[tuple[Any, ...]]:
    with database.connection() as connection:
        return connection.execute("SELECT dev_eui, network, profile FROM device").fetchall()


def kept(database: Database) -> list[Any]:
    found = tables(database)
    return [found[name] for name in ("frame", "observation", "latest", "device_session")]


def test_what_tells_the_bytes_and_what_only_heard_them_are_one_frame_in_either_order(
    database: Database, exported: Exported
) -> None:
    told = up(1, 7, AT + timedelta(seconds=41), payload=lamp(40))
    listed = exported(heard(7, AT), heard(7, AT + timedelta(minutes=1), "farther"))
    take(database, listed)
    take(database, [told])
    assert balance(database) == {"received": 3, "stored": 1, "merged": 2}
    [(network, payload, flags, at, copies, receptions)] = rows(
        database, "network, payload, flags & 384, event_at, copies, receptions"
    )
    assert (network, bytes(payload), flags) == ("chirpstack_v4", lamp(40), 0)
    assert at == AT + timedelta(seconds=41)
    assert copies == 3
    assert all(
        gateway in bytes(receptions) for gateway in (b"far", b"farther", b"0016c001f153a14c")
    )
    assert {row[6] for row in tables(database)["observation"] if row[2] == "active_power"} == {40}
    [(name, by, profile)] = registered(database)  # the way to it is the network that spoke to it
    assert (name, by, profile) == (EUI, "chirpstack_v4", "volc2180")
    for order, sizes in (([told, *listed], [1, 1]), ([listed[0], told, listed[1]], [])):
        with fresh_database() as other:
            take(other, order, sizes)
            assert kept(other) == kept(database)
            assert registered(other) == registered(database)


def test_decoding_again_leaves_alone_what_nobody_told(
    database: Database, exported: Exported
) -> None:
    take(database, [up(1, 7, AT)])
    take(database, exported(*(heard(f_cnt, minutes(f_cnt)) for f_cnt in range(8, 12))))
    redecoder = Redecoder(database, profiles())
    try:
        report = redecoder.run(AT - timedelta(days=1), AT + timedelta(days=1), AT)
    finally:
        redecoder.close()
    assert (report.frames, report.failed, report.superseded, report.made) == (1, 0, 0, 0)
    assert [payload for (payload,) in rows(database, "length(payload)")] == [
        len(lamp()),
        0,
        0,
        0,
        0,
    ]


def test_two_operators_of_one_device_are_not_two_devices(
    database: Database, exported: Exported
) -> None:
    """Every third frame is heard near, the others far away."""
    near = [up(1, f_cnt, minutes(f_cnt * 10)) for f_cnt in range(0, 30, 3)]
    far = exported(*(heard(f_cnt, minutes(f_cnt * 10)) for f_cnt in range(30) if f_cnt % 3))
    sent = sorted((*near, *far), key=lambda message: message.received_at)
    take(database, sent, [1] * 30)
    with database.connection() as connection:
        assert doubles(connection) == []
    assert {epoch for (epoch,) in rows(database, "epoch")} == {0}


IN_ONE_MINUTE: list[tuple[list[tuple[int, float, str]], list[tuple[int, int]]]] = [
    # a reset: 0 follows 101, it does not come before it
    (
        [(100, 0, "a"), (101, 10, "a"), (0, 10, "a"), (1, 10, "a"), (2, 20, "a")],
        [(0, 100), (0, 101), (1, 0), (1, 1), (1, 2)],
    ),
    # a join
    (
        [(100, 0, "a"), (101, 10, "a"), (0, 10, "b"), (1, 20, "b")],
        [(0, 100), (0, 101), (1, 0), (1, 1)],
    ),
    # the 16 bits of a counter run over
    (
        [(65_534, 0, "a"), (65_535, 10, "a"), (0, 10, "a"), (1, 20, "a")],
        [(0, 65_534), (0, 65_535), (1, 0), (1, 1)],
    ),
    # nothing but several frames
    ([(5, 0, "a"), (6, 0, "a"), (7, 0, "a"), (8, 1, "a")], [(0, 5), (0, 6), (0, 7), (0, 8)]),
]


def test_frames_of_one_minute_are_told_apart_by_their_counter(
    database: Database, exported: Exported
) -> None:
    lines = [
        heard(f_cnt, minutes(at), address=address * 8, number=number)
        for number, (sent, _) in enumerate(IN_ONE_MINUTE)
        for f_cnt, at, address in sent
    ]
    messages = exported(*lines)
    take(database, messages)
    found = rows(database, "dev_eui, epoch, f_cnt")
    for number, (_, expected) in enumerate(IN_ONE_MINUTE):
        mine = device(number).dev_eui
        assert [tuple(counts) for name, *counts in found if name == mine] == expected
    random.Random(7).shuffle(messages)
    with fresh_database() as other:
        take(other, messages, [2, 7])
        assert kept(other) == kept(database)
