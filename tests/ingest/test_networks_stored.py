"""From every network to the tables: stored once, mapped, listed, and balanced."""

import json
import random
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ingest.codecs.profiles import profiles
from ingest.commands import CommandSender, Downlinks
from ingest.message import Message
from ingest.networks import Networks
from ingest.networks.instants import micros, micros_of
from ingest.redecode import Redecoder
from ingest.settings import IngestSettings
from ingest.sources.mqtt import prepare
from tests.ingest.networks.protos import classes
from tests.ingest.networks.samples import (
    AWS,
    LIVE_OBJECTS,
    LORIOT,
    LORIOT_RX,
    THINGPARK,
    THINGS_STACK,
)
from tests.ingest.networks.test_sparkplug import BIRTH, FLOAT, metric, payload
from tests.ingest.sources.brokers import until
from tests.ingest.streams import balance, message, minutes, pipeline, tables, take, up
from tests.support.databases import fresh_database
from twin.clock import VirtualClock
from twin.store.database import Database
from twin.store.unmapped import unmapped_names


def at(topic: str, body: object, received: str, **flags: Any) -> Message:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Message(topic, raw, micros(received), 1, **flags)


def values(database: Database) -> dict[tuple[str, str, int], float]:
    """Return device, property, channel → value of the newest readings."""
    return {(row[0], row[2], row[3]): row[5] for row in tables(database)["latest"]}


STREAM = [
    at("v3/app1@city/devices/valve-7/up", THINGS_STACK, "2026-02-12T15:15:46.1Z"),
    at("thingpark/up", THINGPARK, "2024-12-17T09:16:57Z"),
    at("fifo/lamps", LIVE_OBJECTS, "2026-10-23T12:32:49Z"),
    at("loriot/app", LORIOT_RX, "2022-12-05T17:06:02Z"),
    at("loriot/app", LORIOT, "2022-12-05T17:06:03Z"),
    at("aws/up", AWS, "2026-05-03T03:24:30Z"),
    at(
        "zigbee2mqtt/Salle 3/capteur", {"temperature": 21.5, "humidity": 40}, "2026-02-16T10:00:00Z"
    ),
    at("zigbee2mqtt/Salle 3/capteur/availability", b"online", "2026-02-16T10:00:01Z"),
    at(
        "tele/cour/SENSOR",
        {"Time": "2026-02-16T11:13:52", "ENERGY": {"Power": 40}},
        "2026-02-16T10:13:53Z",
    ),
    at(
        "x/events/rpc",
        {"method": "NotifyStatus", "params": {"ts": 1771236990.04, "switch:0": {"apower": 12.3}}},
        "2026-02-16T10:16:31Z",
    ),
    at(
        "t/senml",
        [
            {"bn": "a:", "n": "battery_voltage", "u": "mV", "v": 3600},
            {"bn": "b:", "n": "co2", "u": "ppm", "v": 400},
        ],
        "2026-02-16T10:00:00Z",
    ),
]
DEVICES = {
    "0004a30b001c0530",
    "0018b20000000b20",
    "70b3d59ba0009832",
    "0004a30b00e8355e",
    "84a8c1d2e3f40506",
    "cour",
    "x",
    "a",
    "b",
}


def test_every_network_reaches_the_tables_and_again_changes_nothing(database: Database) -> None:
    outcomes = take(database, STREAM)
    assert outcomes == {("stored", ""): 10, ("merged", "copy"): 1}
    found = values(database)
    assert {device for device, *_ in found} >= DEVICES - {"0004a30b00e8355e", "84a8c1d2e3f40506"}
    assert found["0018b20000000b20", "air_temperature", 0] == 24
    assert found["70b3d59ba0009832", "air_temperature", 0] == 21.5
    assert found["cour", "active_power", 0] == 40
    assert found["x", "active_power", 0] == 12.3
    assert found["a", "battery_voltage", 0] == pytest.approx(3.6)
    assert found["b", "co2", 0] == 400
    [zigbee] = {device for device, *_ in found if device.startswith("salle-3")}
    assert (found[zigbee, "air_temperature", 0], found[zigbee, "online", 0]) == (21.5, 1)
    [stack] = [row for row in tables(database)["frame"] if row[2] == "0004a30b001c0530"]
    told = (stack[10], stack[11], stack[18], stack[9])  # gateway, network, application, our door
    assert [f"{instant:%S.%f}"[:6] for instant in told] == ["45.700", "45.780", "46.014", "46.100"]
    [loriot] = [row for row in tables(database)["frame"] if row[2] == "0004a30b00e8355e"]
    assert loriot[16] == 2
    assert b"7076FFFFFF019BF8" in bytes(loriot[17])
    before = {name: rows for name, rows in tables(database).items() if name != "ledger"}
    again = [Message(m.topic, m.payload, m.received_at, 1, duplicate=True) for m in STREAM]
    assert {outcome for outcome, _ in take(database, again, (1, 3))} == {"merged"}
    after = tables(database)
    assert after["observation"] == before["observation"]
    assert after["latest"] == before["latest"]
    assert after["network_event"] == before["network_event"]
    balance(database)


def test_networks_in_any_order_leave_identical_tables(database: Database) -> None:
    dice = random.Random(7)
    with fresh_database() as in_order:
        take(in_order, STREAM)
        expected = tables(in_order)
    take(database, dice.sample(STREAM, len(STREAM)), (2, 1, 4))
    found = tables(database)
    for name in expected.keys() - {"ledger"}:
        assert found[name] == expected[name], name


def test_normalized_values_and_points_are_read_again_from_the_store(database: Database) -> None:
    uplink = {**THINGS_STACK["uplink_message"], "version_ids": {"model_id": "nobodys"}}
    stack = at("v3/a/devices/d/up", {**THINGS_STACK, "uplink_message": uplink}, "2026-02-12T15:16Z")
    take(database, [stack, at("thingpark/up", THINGPARK, "2024-12-17T09:16:57Z")])
    before = tables(database)
    found = {(row[2], row[6]) for row in before["observation"]}
    assert found == {
        ("soil_moisture", 55),
        ("soil_moisture", 54),
        ("soil_conductivity", 240),
        ("battery_voltage", 3.6),
        ("air_temperature", 24),
        ("relative_humidity", 50),
    }
    redecoder = Redecoder(database, profiles(), processes=1)
    span = (minutes(0) - timedelta(days=900), minutes(0))
    report = redecoder.run(*span, minutes(999))
    redecoder.close()
    assert (report.frames, report.superseded, report.made) == (2, 0, 0)
    assert tables(database)["observation"] == before["observation"]


def test_what_has_no_mapping_is_kept_and_listed(database: Database) -> None:
    stream = [
        message(
            "zigbee2mqtt/p", {"power": "NaN", "tilt": 7, "linkquality": 3, "co2": None}, minutes(1)
        ),
        message("zigbee2mqtt/p", {"power": "NaN", "tilt": 8}, minutes(2)),
        message("zigbee2mqtt/q", {"tilt": 9}, minutes(3)),
        message(
            "spBv1.0/g/NBIRTH/n",
            payload(metric(name="Line/Speed", datatype=FLOAT, float_value=3.0, unit="m/s")),
            minutes(4),
        ),
    ]
    take(database, stream)
    with database.connection() as connection:
        listed = unmapped_names(connection)
        mine = unmapped_names(connection, dev_eui="q")
    told = {(one.name, one.why, one.devices, one.example, one.unit) for one in listed}
    assert told == {
        ("power", "not_a_number", 1, "NaN", ""),
        ("tilt", "no_mapping", 2, "9", ""),
        ("Line.Speed", "no_mapping", 1, "3.0", "m/s"),
    }
    assert [(one.name, one.first_at) for one in mine] == [("tilt", minutes(3))]
    assert len(tables(database)["frame"]) == 4  # raw, whatever became of their values
    balance(database)


def test_a_batch_of_too_many_values_is_halved(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.pipeline._MOST_VALUES", 12)
    stream = [
        message("zigbee2mqtt/p", {"temperature": n, "humidity": 40, "power": n}, minutes(n))
        for n in range(16)
    ]
    assert take(database, stream) == {("stored", ""): 16}
    assert len(tables(database)["observation"]) == 48
    balance(database)


def test_a_device_that_makes_up_names_fills_its_own_hundred(database: Database) -> None:
    stream = [
        message("zigbee2mqtt/bomb", {f"k{turn}-{n}": n for n in range(400)}, minutes(turn))
        for turn in range(4)
    ]
    with pipeline(database) as worker:
        for one in stream:
            worker.take([one])
    with database.connection() as connection:
        row = connection.execute("SELECT count(*) FROM unmapped").fetchone()
    assert row is not None
    assert 100 <= row[0] <= 500  # a hundred, and what one batch brought


def test_a_senders_memory_is_history_and_never_the_current_value(database: Database) -> None:
    now = micros_of(minutes(10)) // 1000
    known = metric(name="co2", alias=1, datatype=FLOAT, float_value=430.0)
    old = metric(alias=1, float_value=400.0, is_historical=True, timestamp=now - 60_000)
    newer = metric(alias=1, float_value=410.0, is_historical=True, timestamp=now + 2_000)
    take(
        database,
        [
            message("spBv1.0/g/NBIRTH/n", payload(known, at=now), minutes(10)),
            message("spBv1.0/g/NDATA/n", payload(old, newer, seq=1, at=now + 3_000), minutes(10.1)),
        ],
    )
    assert values(database)["g:n", "co2", 0] == 430
    found = {row[6]: row[7] for row in tables(database)["observation"] if row[2] == "co2"}
    assert sorted(found) == [400, 410, 430]
    assert all(found[value] & 16 for value in (400, 410))


def test_retained_measurements_count_only_with_a_time_of_their_own(database: Database) -> None:
    stream = [
        message("zigbee2mqtt/p", {"power": 1}, minutes(1), retained=True),
        message("tele/p/LWT", b"Online", minutes(1), retained=True),
        message("tele/p/LWT", b"Online", minutes(2), retained=True),
        message(
            "zigbee2mqtt/p",
            {"power": 2, "last_seen": minutes(1).isoformat()},
            minutes(3),
            retained=True,
        ),
        message(
            "zigbee2mqtt/p",
            {"power": 2, "last_seen": minutes(1).isoformat()},
            minutes(4),
            retained=True,
        ),
    ]
    assert take(database, stream[:1]) == {("ignored", "retained"): 1}
    assert take(database, stream[1:2]) == {("stored", ""): 1}
    assert take(database, stream[2:3]) == {("merged", "copy"): 1}
    assert take(database, stream[3:4]) == {("stored", ""): 1}
    assert take(database, stream[4:]) == {("merged", "copy"): 1}
    assert values(database)["p", "active_power", 0] == 2
    balance(database)


def test_garbage_of_every_kind_ends_in_the_quarantine(database: Database) -> None:
    good = up(1, 5, minutes(5))
    body = json.loads(good.payload)
    eui = body["deviceInfo"]["devEui"]
    bad: list[tuple[str, bytes, str]] = [
        (good.topic, good.payload[: len(good.payload) // 2], "not_json"),
        (good.topic, b"x" * 10_000_000, "too_large"),
        (good.topic, good.payload.replace(eui.encode(), eui[:-1].encode()), "bad_eui"),
        (good.topic, good.payload.replace(b'"adr":true', b'"fCnt":NaN'), "not_json"),
        (good.topic, b"\xff\xfe\x00", "not_protobuf"),
        ("/".join(["a"] * 30_000), b"{}", "unknown_topic"),
        ("\ud800/\x00", b"1", "unknown_topic"),
        ("spBv1.0/g/NDATA/n", payload(metric(alias=1)), "before_birth"),
        (good.topic.replace("/up", "/log"), _log('"\\ud800"'), "not_json"),
        (good.topic.replace("/up", "/log"), _log("1e99999"), "huge_number"),
        (good.topic.replace("/up", "/log"), _log('"?"').replace(b"?", b"\xb7"), "not_utf8"),
        (good.topic, good.payload.replace(b'"CRC_OK"', b'"CRC_\xff"'), "not_utf8"),
        (good.topic.replace("/up", "/log"), _log('"\\u0000"'), "nul_character"),
    ]
    stream = [message(topic, raw, minutes(1)) for topic, raw, _ in bad]
    outcomes = take(database, [*stream, good])
    assert outcomes.total() == 14
    kept = {(bytes(row[4])[:300], row[2]) for row in tables(database)["rejected"]}
    assert kept == {(raw[:300], reason) for _, raw, reason in bad}
    assert balance(database) == {"received": 14, "stored": 1, "rejected": 13}


def _log(value: str) -> bytes:
    device = '{"devEui":"0101010101010101"}'
    return f'{{"deviceInfo":{device},"description":"x","extra":{value}}}'.encode()


def test_pairs_of_surrogates_and_numbers_in_texts_are_no_garbage(database: Database) -> None:
    stream = [
        message("application/a/device/b/event/log", _log(value), minutes(n))
        for n, value in enumerate(('"\\ud83d\\ude00"', '"0e12345"', "1e300"))
    ]
    assert take(database, stream) == {("stored", ""): 3}


@pytest.mark.parametrize("year", [1970, 2099])
def test_a_clock_that_jumps_moves_no_reading(database: Database, year: int) -> None:
    wrong = minutes(0).replace(year=year)
    frame = up(1, 5, wrong)
    here = Message(frame.topic, frame.payload, micros_of(minutes(1)), 1)
    take(database, [here, up(1, 6, minutes(2))])
    stored = tables(database)["frame"]
    assert [row[0] for row in stored] == [minutes(1), minutes(2)]
    assert {row[10] for row in stored} == {wrong, minutes(2)}  # as told, still stored
    assert balance(database) == {"received": 2, "stored": 2}


def test_two_devices_with_one_eui_lose_nothing(database: Database) -> None:
    one = [up(1, n, minutes(n), dev_addr="aaaaaaaa") for n in range(1, 20)]
    other = [up(1, 500 + n, minutes(n + 0.5), dev_addr="bbbbbbbb") for n in range(1, 20)]
    stream = sorted([*one, *other], key=lambda m: m.received_at)
    take(database, stream, (7, 9))
    found = tables(database)
    assert len(found["frame"]) == 38
    assert {row[4] for row in found["frame"]} == {"aaaaaaaa", "bbbbbbbb"}
    assert balance(database) == {"received": 38, "stored": 38}


def test_a_birth_in_one_batch_gives_the_aliases_of_the_next(database: Database) -> None:
    data = payload(metric(alias=1, float_value=229.0), seq=1, at=micros_of(minutes(2)) // 1000)
    with pipeline(database) as worker:
        born = payload(*BIRTH, at=micros_of(minutes(1)) // 1000)
        worker.take([message("spBv1.0/g/NBIRTH/n", born, minutes(1))])
        worker.take([message("spBv1.0/g/NDATA/n", data, minutes(2))])
        assert worker.networks.requests() == []
    frames = [row for row in tables(database)["frame"] if row[2] == "g:n"]
    assert len(frames) == 2
    assert classes("sparkplug")["Payload"].FromString(bytes(frames[-1][8])).seq == 1
    assert minutes(2) - frames[-1][0] <= timedelta(seconds=1)


def test_a_rebirth_is_asked_for_through_the_broker(database: Database, broker: str) -> None:
    heard: list[tuple[str, bytes, bool]] = []
    subscribed = threading.Event()
    node = Client(CallbackAPIVersion.VERSION2, client_id="node")
    node.on_connect = lambda *_: node.subscribe("spBv1.0/+/NCMD/+", 0)
    node.on_subscribe = lambda *_: subscribed.set()
    node.on_message = lambda _c, _d, told: heard.append((told.topic, told.payload, told.retain))
    prepare(node, urlsplit(broker), 60)
    node.reconnect()
    node.loop_start()
    assert subscribed.wait(120)
    networks = Networks()
    networks.read("spBv1.0/g/NDATA/replayed", payload(metric(alias=1)), micros_of(minutes(-99)))
    networks.read("spBv1.0/g/NDATA/n", payload(metric(alias=1)), micros_of(minutes(1)))
    sender = CommandSender(
        database,
        Downlinks(broker, "test", 60),
        profiles(),
        IngestSettings(),
        VirtualClock(minutes(1)),
        requests=networks.requests,
    )
    sender.start()
    assert until(lambda: bool(heard))
    sender.stop()
    node.disconnect()
    node.loop_stop()
    [(topic, raw, retained)] = heard
    assert (topic, retained) == ("spBv1.0/g/NCMD/n", False)
    told = classes("sparkplug")["Payload"].FromString(raw)
    assert told.metrics[0].name == "Node Control/Rebirth"
