"""Messages as networks send them, and the tables that they leave behind."""

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.codecs import milesight, volc2180
from ingest.message import Message
from ingest.networks.chirpstack_v4_wire import (
    DeviceInfo,
    event_topic,
    reception,
    write_event,
    write_up,
)
from ingest.networks.instants import micros_of
from ingest.pipeline import Outcomes, Pipeline
from ingest.settings import IngestSettings
from twin.store.database import Database

AT = datetime(2026, 11, 19, 18, 0, tzinfo=UTC)
APPLICATION = "17c82e96-be03-4f38-aef3-f83d48582d97"


def minutes(count: float) -> datetime:
    return AT + timedelta(minutes=count)


def device(number: int, profile: str = "volc2180") -> DeviceInfo:
    eui = f"{0xA840410000000000 + number:016x}"
    return DeviceInfo("t", "Ville", APPLICATION, "lampes", "p", profile, f"L-{number}", eui)


def lamp(power: float = 42) -> bytes:
    return volc2180.encode_meter(
        dimming=100, power=power, energy=1, power_factor=0.95, current=0.19, voltage=230
    )


def up(
    number: int,
    f_cnt: int,
    at: datetime,
    *,
    payload: bytes | None = None,
    profile: str = "volc2180",
    dedup: str = "",
    gateway: str = "0016c001f153a14c",
    dev_addr: str = "",
    delay_s: float = 0.2,
    **flags: Any,
) -> Message:
    """One ChirpStack v4 uplink, received ``delay_s`` after it was sent."""
    info = device(number, profile)
    body = write_up(
        info,
        dedup_id=dedup or f"{number}-{f_cnt}-{at.isoformat()}",
        at=at,
        dev_addr=dev_addr or f"{number:08x}",
        f_cnt=f_cnt,
        f_port=1,
        payload=lamp() if payload is None else payload,
        receptions=[reception(gateway, at, rssi=-97, snr=7.5)],
    )
    received = micros_of(at) + round(delay_s * 1e6)
    return Message(event_topic(APPLICATION, info.dev_eui, "up"), body, received, 1, **flags)


def event(number: int, kind: str, at: datetime, **fields: Any) -> Message:
    """One other ChirpStack v4 event."""
    info = device(number)
    body = write_event(info, at, **fields)
    return Message(event_topic(APPLICATION, info.dev_eui, kind), body, micros_of(at) + 200_000, 1)


def message(topic: str, payload: object, at: datetime, **flags: Any) -> Message:
    """Any message."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Message(topic, raw, micros_of(at), 1, **flags)


def helium(f_cnt: int, at: datetime, hotspot: str, *, seen: datetime | None = None) -> Message:
    """One copy of a Helium frame, reported by one hotspot."""
    reported = micros_of(seen or at) // 1000
    body = {
        "dev_eui": "A81758FFFE04B1C1",
        "devaddr": "07000048",
        "fcnt": f_cnt,
        "port": 5,
        "payload": "AQBGAlMDOw/9Bw4g",
        "reported_at": reported,
        "hotspots": [{"id": hotspot, "reported_at": reported, "rssi": -111}],
        "decoded": {
            "payload": {"temperature": 7, "vdd": 3616, "words": "null"},
            "status": "success",
        },
    }
    return message("helium/ems/rx", body, (seen or at) + timedelta(seconds=1))


def nasty_stream(seed: int = 1) -> list[Message]:
    """Some 150 messages with everything that radio and brokers do to a stream."""
    dice = random.Random(seed)
    found: list[Message] = []
    for number in range(4):
        f_cnt = dice.randrange(50)
        for turn in range(14):
            at = minutes(10 * turn + number + dice.random())
            f_cnt += dice.choice((1, 1, 1, 3))
            if number == 1 and turn == 7:
                f_cnt = 0  # rebooted
            session = "feedbeef" if number == 2 and turn >= 5 else ""  # joined again
            found.append(up(number, f_cnt, at, payload=lamp(40 + turn), dev_addr=session))
            if dice.random() < 0.2:  # another region, earlier or later by a little
                away = timedelta(seconds=dice.choice((-2, 3)))
                found.append(
                    up(
                        number,
                        f_cnt,
                        at + away,
                        payload=lamp(40 + turn),
                        dedup=f"other-{number}-{turn}",
                        gateway="0016c001f153a14d",
                        dev_addr=session,
                    )
                )
    for turn in range(6):
        at = minutes(100 * turn)
        found += [
            helium(turn + 60, at, "h1"),
            helium(turn + 60, at, "h2", seen=at + timedelta(minutes=29)),
        ]
    found += [
        event(0, "status", minutes(turn * 30), margin=turn, batteryLevel=50) for turn in range(4)
    ]
    found += [
        event(1, "join", minutes(70), deduplicationId="j"),
        message("eu868/gateway/0016c001f153a14c/state/conn", {"state": "ONLINE"}, minutes(1)),
        message("eu868/gateway/0016c001f153a14c/state/conn", {"state": "OFFLINE"}, minutes(40)),
        message("application/a/device/b/event/up", b'{"truncated":', minutes(3)),
        message("application/a/device/b/event/up", b'{"truncated":', minutes(5)),
        message(
            "application/a/device/b/event/integration",
            {"deviceInfo": {"devEui": "0" * 16}},
            minutes(6),
        ),
        up(3, 900, minutes(33), payload=b"\x99"),
        up(0, 901, minutes(200), payload=milesight.encode("em500-smtc", battery=1)),
    ]
    for turn in range(5):
        values = {"time": minutes(turn * 60).isoformat(), "values": {"active_energy": 100.0 + turn}}
        found.append(message("reverbere/reading/meter-1", values, minutes(turn * 60 + 1)))
    return sorted(found, key=lambda one: one.received_at)


@contextmanager
def pipeline(database: Database, **settings: Any) -> Iterator[Pipeline]:
    """Open a pipeline, as a worker that starts does."""
    made = Pipeline(database, IngestSettings(**settings))
    try:
        yield made
    finally:
        made.close()


def take(database: Database, messages: Sequence[Message], sizes: Sequence[int] = ()) -> Outcomes:
    """Store messages in batches of these sizes; the rest as one."""
    with pipeline(database) as made:
        outcomes: Outcomes = Outcomes()
        at = 0
        for size in (*sizes, len(messages)):
            outcomes += made.take(messages[at : at + size])
            at += size
    return outcomes


_TABLES = {
    "frame": """
        SELECT f.event_at, f.copy_key, f.dev_eui, f.network, f.session, f.epoch, f.f_cnt, f.f_port,
               f.payload, f.received_at, f.gateway_at, f.network_at, f.time_source, f.flags,
               c.name, c.version, f.copies, f.receptions, f.application_at, f.decoded_by_network
        FROM frame f LEFT JOIN codec c ON c.id = f.codec_id""",
    "observation": """
        SELECT s.dev_eui, s.asset_id, s.property, s.channel, s.unit, o.measured_at, o.value,
               o.quality, c.name
        FROM observation o JOIN datastream s ON s.id = o.datastream_id
        LEFT JOIN codec c ON c.id = o.codec_id""",
    "latest": """
        SELECT s.dev_eui, s.asset_id, s.property, s.channel, l.measured_at, l.value, l.quality,
               l.received_at
        FROM latest l JOIN datastream s ON s.id = l.datastream_id""",
    "device": "SELECT * FROM device",
    "device_session": "SELECT * FROM device_session",
    "ledger": "SELECT * FROM ledger",
    "rejected": """
        SELECT source, topic, reason, detail, raw, raw_bytes, raw_sha256, received_at, times
        FROM rejected""",
    "network_event": """
        SELECT event_at, copy_key, subject, kind, detail::text, received_at FROM network_event""",
}
"""Every column of every table, surrogate numbers told by what they stand for; no batch numbers."""


def tables(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that ingest has written, in an order of its own."""
    with database.connection() as connection:
        return {
            name: sorted(connection.execute(query).fetchall(), key=repr)
            for name, query in _TABLES.items()
        }


def balance(database: Database) -> dict[str, int]:
    """Return the ledger by outcome, having seen that it balances for each source and minute."""
    with database.connection() as connection:
        uneven = connection.execute(
            "SELECT source, minute FROM ledger GROUP BY source, minute HAVING"
            " sum(count) FILTER (WHERE outcome = 'received')"
            " IS DISTINCT FROM sum(count) FILTER (WHERE outcome <> 'received')"
        ).fetchall()
        assert uneven == []
        rows = connection.execute("SELECT outcome, sum(count)::int FROM ledger GROUP BY outcome")
        return dict(rows.fetchall())
