"""Protobuf: written by Google's library, read by ours, as the server's JSON would have been."""

import json
from typing import Any

import msgspec
import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.networks import Networks, protobuf
from ingest.networks.chirpstack_protobuf import UP as UP_TABLE
from ingest.networks.records import Event, Ignored, Record, Rejection, Uplink
from tests.ingest.networks.protos import classes
from tests.ingest.networks.test_chirpstack_v4 import TOPIC, UP

ORDER = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
HEAD = {
    "deduplicationId": UP["deduplicationId"],
    "time": "2026-07-18T09:34:15.775023242Z",
    "deviceInfo": UP["deviceInfo"],
}
FULL_UP = {
    **{key: UP[key] for key in ("devAddr", "adr", "dr", "fCnt", "fPort", "data")},
    **HEAD,
    "confirmed": True,
    "object": {
        "voltage": 222.6,
        "nested": {"list": [1.0, "two", None, True, {"x": -0.5}]},
        "count": 9007199254740992.0,
    },
    "rxInfo": [
        {
            "gatewayId": "0016c001f153a14c",
            "uplinkId": 4217106255,
            "gwTime": "2026-07-18T09:34:15.775023242Z",
            "nsTime": "2026-07-18T09:34:15.900Z",
            "timeSinceGpsEpoch": "1468402475.775s",
            "rssi": -36,
            "snr": 10.5,
            "channel": 3,
            "location": {"latitude": 45.5, "longitude": 4.3, "altitude": 520.0},
            "context": "E3OWOQ==",
            "metadata": {"region_config_id": "eu868"},
            "crcStatus": "CRC_OK",
        },
        {"gatewayId": "0016c001f153a14d", "rssi": -117, "snr": -7.25},
    ],
    "txInfo": {
        "frequency": 867100000,
        "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 7, "codeRate": "CR_4_5"}},
    },
    "regionConfigId": "eu868",
}
EVENTS: list[tuple[str, str, dict[str, Any]]] = [
    ("up", "UplinkEvent", FULL_UP),
    ("join", "JoinEvent", {**HEAD, "devAddr": "00189440"}),
    ("ack", "AckEvent", {**HEAD, "queueItemId": ORDER, "acknowledged": True, "fCntDown": 7}),
    ("ack", "AckEvent", {**HEAD, "queueItemId": ORDER, "fCntDown": 7}),
    (
        "txack",
        "TxAckEvent",
        {
            "downlinkId": 99,
            "time": HEAD["time"],
            "deviceInfo": UP["deviceInfo"],
            "queueItemId": ORDER,
            "gatewayId": "0016c001f153a14c",
            "txInfo": {"frequency": 868100000, "power": 16},
        },
    ),
    (
        "log",
        "LogEvent",
        {
            "time": HEAD["time"],
            "deviceInfo": UP["deviceInfo"],
            "level": "ERROR",
            "code": "EXPIRED",
            "description": "Device queue-item discarded because it has expired",
            "context": {"queue_item_id": ORDER},
        },
    ),
    ("status", "StatusEvent", {**HEAD, "margin": -5, "batteryLevel": 87.40157318115234}),
    ("location", "LocationEvent", {**HEAD, "location": {"latitude": 45.5, "longitude": 4.3}}),
]


def written(name: str, document: dict[str, Any], package: str = "v4") -> bytes:
    message = classes(package)[name]()
    json_format.ParseDict(document, message)
    raw: bytes = message.SerializeToString()
    return raw


def read(kind: str, payload: bytes, topic: str = TOPIC) -> Record:
    return Networks().read(topic + kind, payload)[1]


@pytest.mark.parametrize(("kind", "name", "document"), EVENTS)
def test_protobuf_reads_as_the_json_of_the_same_event(
    kind: str, name: str, document: dict[str, Any]
) -> None:
    from_json = read(kind, json.dumps(document).encode())
    from_protobuf = read(kind, written(name, document))
    assert type(from_json) is type(from_protobuf)
    for field in type(from_json).__struct_fields__:
        ours, theirs = getattr(from_protobuf, field), getattr(from_json, field)
        if field in {"receptions", "decoded", "detail"} and theirs:
            ours, theirs = _close(json.loads(ours)), _close(json.loads(theirs))
        if field == "readings":
            ours, theirs = _close([r.value for r in ours]), _close([r.value for r in theirs])
        if field in {"gateway_at", "network_at"}:
            ours, theirs = str(ours)[:23], str(theirs)[:23]
        assert ours == theirs, field


def _close(value: Any) -> Any:
    """Round floats to what a float32 keeps, texts of time to ms."""
    if isinstance(value, dict):
        return {key: _close(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_close(item) for item in value]
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-6)
    return value.replace(".900Z", ".900000000Z") if isinstance(value, str) else value


def test_absent_fields_are_defaults() -> None:
    document = {"deviceInfo": UP["deviceInfo"], "txInfo": {"frequency": 1}}
    record = read("up", written("UplinkEvent", document))
    assert isinstance(record, Uplink)
    assert (record.f_cnt, record.f_port, record.payload, record.confirmed) == (0, 0, b"", False)


def test_a_payload_without_keys_is_encrypted() -> None:
    document = FULL_UP | {
        "joinServerContext": {"sessionKeyId": "01", "appSKey": {"aesKey": "AQ=="}}
    }
    record = read("up", written("UplinkEvent", document))
    assert isinstance(record, Uplink)
    assert record.encrypted


def test_a_message_cut_anywhere_is_whole_or_told() -> None:
    raw = written("UplinkEvent", FULL_UP)
    whole = read("up", raw)
    assert isinstance(whole, Uplink)
    for end in range(len(raw)):
        record = read("up", raw[:end])
        if isinstance(record, Uplink):  # only what comes after the radio's settings is missing
            assert (record.payload, record.receptions) == (whole.payload, whole.receptions)
        else:
            assert isinstance(record, Rejection)
            assert record.reason in {"not_protobuf", "empty"}, record


@settings(max_examples=300, deadline=None)
@given(
    at=st.integers(0, 500),
    size=st.integers(0, 40),
    more=st.binary(max_size=12),
    kind=st.sampled_from([kind for kind, _, _ in EVENTS]),
)
def test_damaged_bytes_never_raise(at: int, size: int, more: bytes, kind: str) -> None:
    name, document = next((name, doc) for one, name, doc in EVENTS if one == kind)
    raw = written(name, document)
    record = read(kind, raw[:at] + more + raw[at + size :])
    assert isinstance(record, (Uplink, Event, Rejection))


def test_nesting_is_bounded() -> None:
    value = b"\x20\x01"  # bool true
    for _ in range(60):
        inner = b"\x0a\x01k\x12" + _sized(value)
        value = b"\x2a" + _sized(b"\x0a" + _sized(inner))
    entry = b"\x0a\x01k\x12" + _sized(value)
    raw = b"\x5a" + _sized(b"\x0a" + _sized(entry))
    with pytest.raises(msgspec.DecodeError, match="nested too deeply"):
        protobuf.decode(UP_TABLE, raw)


def _sized(raw: bytes) -> bytes:
    size = len(raw)
    return bytes([size]) + raw if size < 128 else bytes([size & 127 | 128, size >> 7]) + raw


def test_a_nan_of_the_servers_codec_is_null_and_an_absurd_time_no_time() -> None:
    message = classes("v4")["UplinkEvent"]()
    json_format.ParseDict(FULL_UP, message)
    message.object["voltage"] = float("nan")
    message.time.seconds = 1 << 60
    record = read("up", message.SerializeToString())
    assert isinstance(record, Uplink)
    assert json.loads(record.decoded)["voltage"] is None
    assert "since 1970" in str(record.application_at)


def test_version_3_is_told_by_the_number_of_its_application() -> None:
    document = {
        "applicationId": "3",
        "deviceName": "L-1",
        "devEui": "AqqqAQAAABQ=",
        "fCnt": 28,
        "fPort": 33,
        "data": "AQI=",
        "objectJson": '{"temperature":21.5}',
        "devAddr": "AQIDBA==",
        "rxInfo": [{"gatewayId": "ZH/a//4A0ig=", "time": "2023-06-23T09:10:28.649Z", "rssi": -89}],
    }
    raw = written("UplinkEvent", document, "v3")
    source, record = Networks().read("application/3/device/02aaaa0100000014/event/up", raw)
    assert source == "chirpstack_v3"
    assert isinstance(record, Uplink)
    assert (record.dev_eui, record.session) == ("02aaaa0100000014", "01020304")
    assert (record.f_cnt, record.f_port, record.payload) == (28, 33, b"\x01\x02")
    assert record.decoded == b'{"temperature":21.5}'
    assert str(record.gateway_at).startswith("2023-06-23T09:10:28.649")


def test_a_gateway_tells_of_itself_in_protobuf() -> None:
    conn = classes("v4")["ConnState"]
    for state, online in (("ONLINE", 1.0), ("OFFLINE", 0.0)):
        raw = conn(gateway_id="0016c001f153a14c", state=state).SerializeToString()
        _, record = Networks().read("eu868/gateway/0016c001f153a14c/state/conn", raw)
        assert isinstance(record, Event)
        assert [reading.value for reading in record.readings] == [online]
        assert json.loads(record.detail)["state"] == state
    stats = {"gatewayId": "0016c001f153a14c", "time": "2026-11-19T19:00:00Z"}
    raw = written("GatewayStats", stats | {"rxPacketsReceived": 9, "metadata": {"k": "v"}})
    _, record = Networks().read("gateway/0016c001f153a14c/event/stats", raw)
    assert isinstance(record, Event)
    assert json.loads(record.detail)["rxPacketsReceived"] == 9


@pytest.mark.parametrize("topic", ["lamps/up/01/pb", "city/up"])
def test_protobuf_is_found_on_a_topic_of_another_template(topic: str) -> None:
    source, record = Networks().read(topic, written("UplinkEvent", FULL_UP))
    assert (source, type(record)) == ("chirpstack_v4", Uplink)
    assert Networks().read(topic, b"\x99\x98\x97")[0] == "unknown"


def test_an_unknown_kind_stays_in_the_ledger() -> None:
    assert read("integration", written("JoinEvent", HEAD)) == Ignored("unknown_event")


@pytest.mark.parametrize(("kind", "name", "document"), EVENTS)
@pytest.mark.parametrize("template", ["city/lamps", "lorawan/{kind}/01/json", "a/{kind}"])
def test_json_is_read_alike_under_any_template(
    kind: str, name: str, document: dict[str, Any], template: str
) -> None:
    payload = json.dumps(document).encode()
    source, record = Networks().read(template.format(kind=kind), payload)
    assert source == "chirpstack_v4"
    assert record == read(kind, payload)
