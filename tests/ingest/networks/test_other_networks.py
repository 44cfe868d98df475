"""ChirpStack v3, Helium, gateways: what each writes, and how it is read."""

import json
from typing import Any

import pytest

from ingest.networks import Networks
from ingest.networks.records import NO_TIME, Event, Ignored, Record, Rejection, Uplink

V3 = {
    "applicationID": "3",
    "applicationName": "lamps",
    "deviceName": "L-1",
    "devEUI": "02aaaa0100000014",
    "rxInfo": [
        {"gatewayID": "647fdafffe00d228", "time": None, "rssi": -89, "loRaSNR": 7.5},
        {"gatewayID": "647fdafffe00d229", "time": "2023-06-23T09:10:28.649Z"},
    ],
    "txInfo": {"frequency": 868500000, "dr": 0},
    "adr": True,
    "fCnt": 28,
    "fPort": 33,
    "data": "AQI=",
    "object": {"temperature": 21.5},
}
CAPTURED = {**V3, "_timestamp": 1687511428896, "_topic": "application/rx", "data": "50270c04"}
HELIUM = {
    "dev_eui": "A81758FFFE04B1C1",
    "devaddr": "07000048",
    "fcnt": 71,
    "port": 5,
    "payload": "AQBGAlM=",
    "reported_at": 1672867882173,
    "name": "EMS",
    "hotspots": [{"id": "11x", "reported_at": 1672867882100, "rssi": -111}],
    "decoded": {"payload": {"temperature": 7}, "status": "success"},
}


def read(topic: str, message: object) -> tuple[str, Record]:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return Networks().read(topic, payload)


@pytest.mark.parametrize(
    "topic",
    [
        "application/3/device/02aaaa0100000014/event/up",
        "application/3/device/02aaaa0100000014/rx",
        "city/lamps/up",
    ],
)
def test_v3_is_told_from_v4_by_its_message(topic: str) -> None:
    source, record = read(topic, V3)
    assert source == "chirpstack_v3"
    assert isinstance(record, Uplink)
    assert record.dev_eui == "02aaaa0100000014"
    assert (record.f_cnt, record.f_port, record.payload) == (28, 33, b"\x01\x02")
    assert record.gateway_at == "2023-06-23T09:10:28.649Z"
    assert record.copy_id == ""


def test_the_protobuf_dialect_writes_identifiers_in_base64_and_the_object_as_text() -> None:
    dialect = {
        "devEUI": "AqqqAQAAABQ=",
        "devAddr": "AQIDBA==",
        "fCnt": 1,
        "objectJSON": '{"temperature":21.5}',
        "rxInfo": [{"gatewayID": "AAAA", "timeSinceGPSEpoch": None}],
    }
    _, record = read("application/3/device/x/event/up", dialect)
    assert isinstance(record, Uplink)
    assert (record.dev_eui, record.session) == ("02aaaa0100000014", "01020304")
    assert record.decoded == b'{"temperature":21.5}'
    assert record.gateway_at == NO_TIME


def test_a_capture_is_hexadecimal_and_carries_the_loggers_time() -> None:
    _, record = read("application/rx", CAPTURED)
    assert isinstance(record, Uplink)
    assert record.payload == bytes.fromhex("50270c04")
    assert record.application_at == 1_687_511_428_896_000


@pytest.mark.parametrize("dashed", ["02-AA-AA-01-00-00-00-14", "02:aa:aa:01:00:00:00:14"])
def test_old_servers_write_dashed_addresses(dashed: str) -> None:
    _, record = read("application/3/device/x/rx", V3 | {"devEUI": dashed})
    assert isinstance(record, Uplink)
    assert record.dev_eui == "02aaaa0100000014"


@pytest.mark.parametrize(
    ("fields", "readings"),
    [
        ({"margin": -27, "batteryLevel": 0, "batteryLevelUnavailable": True}, {"link_margin": -27}),
        ({"margin": 5, "batteryLevel": 80}, {"link_margin": 5, "battery_level": 80}),
        ({"margin": 5, "batteryLevel": 0, "externalPowerSource": True}, {"link_margin": 5}),
    ],
)
def test_a_battery_that_is_unavailable_is_not_empty(
    fields: dict[str, Any], readings: dict[str, float]
) -> None:
    _, record = read("application/status", {"devEUI": V3["devEUI"], **fields})
    assert isinstance(record, Event)
    assert {r.property: r.value for r in record.readings} == readings


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (V3 | {"devEUI": "12"}, "bad_eui"),
        (V3 | {"data": "%%%"}, "bad_base64"),
        (CAPTURED | {"data": "xyz"}, "bad_hex"),
        (V3 | {"fCnt": "28"}, "wrong_shape"),
        (V3 | {"rxInfo": 7}, "wrong_shape"),
    ],
)
def test_a_wrong_v3_message_says_why(message: dict[str, Any], reason: str) -> None:
    _, record = read("application/3/device/x/rx", message)
    assert isinstance(record, Rejection)
    assert record.reason == reason


def test_helium_times_are_scaled_by_their_magnitude() -> None:
    source, record = read("helium/0a/rx", HELIUM)
    assert source == "helium"
    assert isinstance(record, Uplink)
    assert record.dev_eui == "a81758fffe04b1c1"
    assert record.gateway_at == 1_672_867_882_100_000
    assert record.network_at == 1_672_867_882_173_000
    assert json.loads(record.decoded) == {"temperature": 7}
    assert record.session == "07000048"


@pytest.mark.parametrize(
    ("reported", "micros"),
    [
        (1672867882, 1_672_867_882_000_000),
        (1672867882173, 1_672_867_882_173_000),
        (1672867882173000, 1_672_867_882_173_000),
        (15868685465430, NO_TIME),  # the published example has 14 digits
        (0, NO_TIME),
        (None, NO_TIME),
    ],
)
def test_a_helium_time_of_unknown_unit_is_no_time(reported: int | None, micros: int) -> None:
    _, record = read("helium/0a/rx", HELIUM | {"reported_at": reported, "hotspots": None})
    assert isinstance(record, Uplink)
    assert (record.network_at, record.gateway_at) == (micros, NO_TIME)


@pytest.mark.parametrize(
    ("topic", "message", "online"),
    [
        (
            "eu868/gateway/0016c001f153a14c/state/conn",
            {"gatewayId": "0016c001f153a14c", "state": "ONLINE"},
            1,
        ),
        ("gateway/0016C001F153A14C/state/conn", {"state": "OFFLINE"}, 0),
        (
            "eu868/gateway/0016c001f153a14c/event/stats",
            {"gatewayId": "0016c001f153a14c", "time": "2026-11-19T19:00:00Z"},
            1,
        ),
    ],
)
def test_gateways_say_whether_they_are_online(
    topic: str, message: dict[str, str], online: float
) -> None:
    source, record = read(topic, message)
    assert source == "gateway"
    assert isinstance(record, Event)
    assert record.subject == "0016c001f153a14c"
    assert [(r.property, r.value) for r in record.readings] == [("online", online)]
    assert record.state
    assert record.at == message.get("time", NO_TIME)


@pytest.mark.parametrize(
    ("topic", "payload", "answer"),
    [
        ("eu868/gateway/x/event/up", b"\x0a\x01", Ignored("gateway_traffic")),
        ("eu868/gateway/x/command/down", b"{}", Ignored("gateway_traffic")),
        (
            "eu868/gateway/x/state/conn",
            b"\x0a\x01",
            Rejection("not_protobuf", "cut short: field 1 ends beyond byte 2"),
        ),
        ("eu868/gateway/x/state/conn", b"", Rejection("empty")),
        ("eu868/gateway/x/state/conn", b'{"state":"ASLEEP"}', Rejection("unknown_state", "ASLEEP")),
        ("eu868/gateway/x y/state/conn", b'{"state":"ONLINE"}', Rejection("bad_eui", "x y")),
    ],
)
def test_other_messages_of_a_gateway_end_with_a_reason(
    topic: str, payload: bytes, answer: Record
) -> None:
    assert read(topic, payload)[1] == answer


def test_a_topic_that_nobody_knows_is_rejected() -> None:
    source, record = read("kitchen/toaster", b"{}")
    assert source == "unknown"
    assert isinstance(record, Rejection)
    assert record.reason == "unknown_topic"
