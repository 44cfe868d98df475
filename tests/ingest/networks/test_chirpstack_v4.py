"""ChirpStack v4: events of a device, in JSON (recomposed from the published format)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.networks import Networks
from ingest.networks.chirpstack_v4_wire import (
    DeviceInfo,
    command_topic,
    event_topic,
    read_downlink,
    reception,
    write_downlink,
    write_event,
    write_up,
)
from ingest.networks.records import Event, Ignored, Reading, Record, Rejection, Uplink

UP: dict[str, Any] = {
    "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
    "time": "2026-07-18T09:34:15.775023242+00:00",
    "deviceInfo": {
        "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
        "applicationId": "17c82e96-be03-4f38-aef3-f83d48582d97",
        "deviceProfileName": "WS558",
        "deviceName": "lamp-1",
        "devEui": "0101010101010101",
        "deviceClassEnabled": "CLASS_C",
        "tags": {"district": "4"},
    },
    "devAddr": "00189440",
    "adr": True,
    "dr": 5,
    "fCnt": 17,
    "fPort": 85,
    "data": "A3SyCA==",
    "object": {"voltage": 222.6},
    "rxInfo": [
        {"gatewayId": "0016c001f153a14c", "rssi": -36, "snr": 10.5},
        {
            "gatewayId": "0016c001f153a14d",
            "gwTime": "2026-07-18T09:34:15.775023242+00:00",
            "nsTime": "2026-07-18T09:34:15.9+00:00",
        },
    ],
    "txInfo": {"frequency": 867100000, "modulation": {"lora": {"bandwidth": 125000}}},
}
TOPIC = "application/17c82e96/device/0101010101010101/event/"


def read(event: object, kind: str = "up") -> Record:
    payload = event if isinstance(event, bytes) else json.dumps(event).encode()
    source, record = Networks().read(TOPIC + kind, payload)
    assert source == "chirpstack_v4"
    return record


def uplink(**changed: Any) -> Uplink:
    event = {key: value for key, value in (UP | changed).items() if value is not ...}
    record = read(event)
    assert isinstance(record, Uplink), record
    return record


def test_an_uplink_keeps_what_matters() -> None:
    record = uplink()
    assert record.dev_eui == "0101010101010101"
    assert (record.f_cnt, record.f_port, record.session) == (17, 85, "00189440")
    assert record.payload == bytes.fromhex("0374B208")
    assert record.copy_id == UP["deduplicationId"]
    assert record.gateway_at == UP["rxInfo"][1]["gwTime"]
    assert record.network_at == UP["rxInfo"][1]["nsTime"]
    assert record.application_at == UP["time"]
    assert json.loads(record.receptions) == UP["rxInfo"]
    assert json.loads(record.decoded) == {"voltage": 222.6}
    assert (record.profile, record.name) == ("WS558", "lamp-1")
    assert record.application == UP["deviceInfo"]["applicationId"]


def test_absent_means_default() -> None:
    record = uplink(fCnt=..., fPort=..., data=..., object=..., rxInfo=...)
    assert (record.f_cnt, record.f_port, record.payload, record.decoded) == (0, 0, b"", b"")
    assert record.receptions == b"[]"
    assert not record.confirmed


def test_the_time_of_an_old_server_is_the_gateways() -> None:
    record = uplink(rxInfo=[{"gatewayId": "x", "time": "2023-01-01T00:00:00Z"}])
    assert record.gateway_at == "2023-01-01T00:00:00Z"


def test_an_encrypted_payload_is_marked() -> None:
    record = uplink(joinServerContext={"sessionKeyId": "01", "appSKey": "x"}, object=...)
    assert record.encrypted
    assert not uplink(joinServerContext=None).encrypted


def test_a_simulated_uplink_never_enters_telemetry() -> None:
    assert read(UP | {"simulated": True}) == Ignored("simulated")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty"),
        (b"\x0a\x243ac7e3c4", "not_protobuf"),
        (b"{", "not_json"),
        (b'{"deviceInfo":{"devEui":"0101010101010101"},"fCnt":NaN}', "not_json"),
        (b'{"fCnt":1}', "wrong_shape"),
        (b'{"deviceInfo":{}}', "wrong_shape"),
        (b'{"deviceInfo":{"devEui":"01"}}', "bad_eui"),
        (b'{"deviceInfo":{"devEui":"0101010101010101"},"fCnt":-1}', "wrong_shape"),
        (b'{"deviceInfo":{"devEui":"0101010101010101"},"fCnt":4294967296}', "wrong_shape"),
        (b'{"deviceInfo":{"devEui":"0101010101010101"},"fPort":256}', "wrong_shape"),
        (b'{"deviceInfo":{"devEui":"0101010101010101"},"data":"*"}', "bad_base64"),
        (b'{"deviceInfo":{"devEui":"\xff"}}', "not_json"),
        (b"[" * 5000, "not_protobuf"),
        (b'{"a":' * 5000, "not_json"),
    ],
)
def test_what_cannot_be_read_says_why(payload: bytes, reason: str) -> None:
    record = read(payload)
    assert isinstance(record, Rejection)
    assert record.reason == reason


def test_an_event_of_an_unknown_kind_stays_in_the_ledger() -> None:
    assert read(UP, "integration") == Ignored("unknown_event")


def event(kind: str, **fields: Any) -> Event:
    told = {"time": UP["time"], "deviceInfo": UP["deviceInfo"]} | fields
    record = read(told, kind)
    assert isinstance(record, Event), record
    assert (record.kind, record.subject) == (kind, "0101010101010101")
    return record


ORDER = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


@pytest.mark.parametrize(
    ("kind", "fields", "outcome", "reason"),
    [
        ("txack", {"queueItemId": ORDER, "downlinkId": 7}, "sent", ""),
        ("ack", {"queueItemId": ORDER, "acknowledged": True}, "acknowledged", ""),
        ("ack", {"queueItemId": ORDER}, "refused", "not_acknowledged"),
        ("log", {"code": "EXPIRED", "context": {"queue_item_id": ORDER}}, "expired", "expired"),
        (
            "log",
            {"code": "F_CNT_DOWN", "context": {"queue_item_id": ORDER}},
            "failed",
            "frame_counter",
        ),
    ],
)
def test_events_tell_how_an_order_fares(
    kind: str, fields: dict[str, Any], outcome: str, reason: str
) -> None:
    record = event(kind, **fields)
    assert (record.command_id, record.outcome, record.reason) == (ORDER, outcome, reason)


def test_a_log_that_names_no_order_ends_none() -> None:
    assert event("log", code="UPLINK_CODEC", description="x").command_id == ""
    assert event("log", code="OTAA", context={"queue_item_id": ORDER}).outcome == ""


@pytest.mark.parametrize(
    ("fields", "readings"),
    [
        ({"margin": 7, "batteryLevel": 87.5}, {"link_margin": 7, "battery_level": 87.5}),
        ({"margin": -3}, {"link_margin": -3, "battery_level": 0}),
        ({"margin": 1, "externalPowerSource": True}, {"link_margin": 1}),
        ({"margin": 1, "batteryLevelUnavailable": True}, {"link_margin": 1}),
    ],
)
def test_a_status_is_a_reading(fields: dict[str, Any], readings: dict[str, float]) -> None:
    assert {r.property: r.value for r in event("status", **fields).readings} == readings


def test_redelivered_events_share_an_identity_and_others_do_not() -> None:
    first, again = (event("txack", queueItemId=ORDER, downlinkId=1) for _ in range(2))
    other = event("txack", queueItemId=ORDER, downlinkId=2)
    assert first.identity == again.identity != other.identity


DEVICE = DeviceInfo("t", "Ville", "app", "lampes", "p", "volc2180", "L-1", "0101010101010101")
AT = datetime(2026, 11, 19, 19, 14, 32, 123456, tzinfo=UTC)


def test_an_uplink_of_the_simulator_reads_as_the_servers() -> None:
    heard = [reception("0016c001f153a14c", AT, rssi=-97, snr=7.5, longitude=4.3, latitude=45.5)]
    written = write_up(
        DEVICE,
        dedup_id="d-1",
        at=AT,
        dev_addr="00189440",
        f_cnt=0,
        f_port=1,
        payload=b"\x58",
        receptions=heard,
    )
    assert b'"fCnt"' not in written  # proto3: a default is left out
    source, record = Networks().read(event_topic("app", DEVICE.dev_eui, "up"), written)
    assert (source, type(record)) == ("chirpstack_v4", Uplink)
    assert isinstance(record, Uplink)
    assert (record.gateway_at, record.profile) == ("2026-11-19T19:14:32.123456Z", "volc2180")


def test_a_status_of_the_simulator_reads_as_the_servers() -> None:
    written = write_event(DEVICE, AT, deduplicationId="d", margin=5, batteryLevel=90)
    _, record = Networks().read(event_topic("app", DEVICE.dev_eui, "status"), written)
    assert isinstance(record, Event)
    assert record.readings == (Reading("link_margin", 5.0), Reading("battery_level", 90.0))


def test_an_order_down_reads_as_it_was_written() -> None:
    topic = command_topic("app", DEVICE.dev_eui)
    order = write_downlink(
        ORDER, DEVICE.dev_eui, b"\xff\x1d", f_port=85, confirmed=True, expires_at=AT
    )
    read_back = read_downlink(topic, order)
    assert read_back is not None
    assert (read_back.id, read_back.payload, read_back.f_port) == (ORDER, b"\xff\x1d", 85)
    assert read_back.expires_at == "2026-11-19T19:14:32.123456Z"


def test_an_order_for_another_device_than_its_topics_is_dropped() -> None:
    order = write_downlink(ORDER, "0202020202020202", b"", f_port=1, confirmed=False, expires_at=AT)
    assert read_downlink(command_topic("app", DEVICE.dev_eui), order) is None
    assert read_downlink(command_topic("app", DEVICE.dev_eui), b"{") is None
