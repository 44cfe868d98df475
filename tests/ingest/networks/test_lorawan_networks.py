"""The Things Stack, ThingPark, Live Objects, LORIOT, AWS: what each writes, and how it is read."""

import json
from typing import Any

import pytest

from ingest.networks import Networks
from ingest.networks.instants import micros
from ingest.networks.records import NO_TIME, Event, Ignored, Named, Record, Rejection, Uplink
from tests.ingest.networks.samples import (
    AWS,
    LIVE_OBJECTS,
    LORIOT,
    LORIOT_RX,
    THINGPARK,
    THINGPARK_OLD,
    THINGS_STACK,
)

TTS = "v3/app1@city/devices/valve-7/"
ORDER = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


def read(topic: str, message: object) -> tuple[str, Record]:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return Networks().read(topic, payload)


def uplink(topic: str, message: object) -> Uplink:
    _, record = read(topic, message)
    assert isinstance(record, Uplink), record
    return record


def changed(message: dict[str, Any], *path: str, **fields: Any) -> dict[str, Any]:
    """Return a deep copy with some fields set, or taken out where the value is ``...``."""
    copy = json.loads(json.dumps(message))
    node = copy
    for word in path:
        node = node[word]
    for name, value in fields.items():
        node[name] = value
        if value is ...:
            del node[name]
    return dict(copy)


@pytest.mark.parametrize(
    ("network", "topic", "message", "facts"),
    [
        (
            "things_stack",
            TTS + "up",
            THINGS_STACK,
            ("0004a30b001c0530", "AXA50w==", 1, 1, "8241de", "as:up:01E0WZ"),
        ),
        (
            "thingpark",
            "city/thingpark/up",
            THINGPARK,
            ("0018b20000000b20", "040006cc", 368, 1, "9e1848", ""),
        ),
        (
            "thingpark",
            "city/thingpark/up",
            THINGPARK_OLD,
            ("0018b20000000b20", "", 7, 2, "01ff", ""),
        ),
        (
            "live_objects",
            "fifo/lamps",
            LIVE_OBJECTS,
            ("70b3d59ba0009832", "", 1, 5, "6d011f0179", ""),
        ),
        ("loriot", "loriot/app", LORIOT, ("0004a30b00e8355e", "", 3, 2, "00320019", "")),
        ("loriot", "loriot/app", LORIOT_RX, ("0004a30b00e8355e", "", 3, 2, "00320019", "")),
        ("aws_iot", "lorawan/uplink", AWS, ("84a8c1d2e3f40506", "", 11, 2, "0102", "")),
    ],
)
def test_a_frame_is_read(
    network: str, topic: str, message: dict[str, Any], facts: tuple[Any, ...]
) -> None:
    source, record = read(topic, message)
    assert source == network
    assert isinstance(record, Uplink), record
    assert (
        record.dev_eui,
        record.session,
        record.f_cnt,
        record.f_port,
        record.payload.hex(),
        record.copy_id,
    ) == facts
    assert record.network == network
    assert isinstance(json.loads(record.receptions), list)


@pytest.mark.parametrize(
    ("message", "gateway", "network", "application"),
    [
        (
            THINGS_STACK,
            "2026-02-12T15:15:45.700Z",
            "2026-02-12T15:15:45.78Z",
            "2026-02-12T15:15:46.014773143Z",
        ),
        (THINGPARK, "2024-12-17T10:16:55.911+01:00", NO_TIME, NO_TIME),
        (LIVE_OBJECTS, NO_TIME, "2026-10-23T12:32:44.546Z", "2026-10-23T12:32:48.011Z"),
        (LORIOT, "2022-12-05T17:06:01.552Z", 1_670_259_961_585_000, NO_TIME),
        (LORIOT_RX, NO_TIME, 1_670_259_961_585_000, NO_TIME),
        (LORIOT | {"ts": 1670259961, "gws": []}, NO_TIME, 1_670_259_961_000_000, NO_TIME),
        (AWS, NO_TIME, "2026-05-03T03:24:29Z", NO_TIME),
    ],
)
def test_each_network_has_its_own_times(
    message: dict[str, Any], gateway: object, network: object, application: object
) -> None:
    record = uplink("city/x", message)
    assert (record.gateway_at, record.network_at, record.application_at) == (
        gateway,
        network,
        application,
    )


def test_a_local_offset_is_an_instant() -> None:
    assert micros(uplink("x", THINGPARK).gateway_at) == 1_734_427_015_911_000


@pytest.mark.parametrize(
    ("message", "path", "fields"),
    [
        (THINGS_STACK, ("uplink_message",), {"f_cnt": ..., "f_port": ..., "frm_payload": ...}),
        (THINGPARK, ("DevEUI_uplink",), {"FCntUp": ..., "FPort": ..., "payload_hex": ...}),
        (LIVE_OBJECTS, ("metadata", "network", "lora"), {"fcnt": ..., "port": ...}),
        (LORIOT, (), {"fcnt": ..., "port": ..., "data": ...}),
        (AWS, ("WirelessMetadata", "LoRaWAN"), {"FCnt": ..., "FPort": ...}),
    ],
)
def test_absent_means_default(
    message: dict[str, Any], path: tuple[str, ...], fields: dict[str, Any]
) -> None:
    record = uplink("x", changed(message, *path, **fields))
    assert (record.f_cnt, record.f_port, record.confirmed) in {(0, 0, False), (0, 0, True)}


@pytest.mark.parametrize(
    ("message", "encrypted"),
    [
        (THINGS_STACK, False),
        (changed(THINGS_STACK, "uplink_message", app_s_key={"key": "AQ=="}), True),
        (THINGPARK, False),
        (changed(THINGPARK, "DevEUI_uplink", PayloadEncryption=1), True),
        (THINGPARK_OLD, False),
        (LORIOT, False),
        (changed(LORIOT, data=..., encdata="a1b2"), True),
    ],
)
def test_a_payload_without_keys_is_stored_and_marked(
    message: dict[str, Any], encrypted: object
) -> None:
    assert uplink("x", message).encrypted is encrypted


def test_a_simulated_uplink_never_enters_telemetry() -> None:
    assert read(TTS + "up", THINGS_STACK | {"simulated": True})[1] == Ignored("simulated")


def test_the_open_source_stack_has_no_tenant_in_its_topics() -> None:
    own = uplink("v3/app1/devices/valve-7/up", THINGS_STACK)
    rented = uplink(TTS + "up", THINGS_STACK)
    assert (own.application, rented.application) == ("app1/valve-7", f"{TTS.split('/')[1]}/valve-7")
    own.application = rented.application
    assert own == rented


def test_normalized_measurements_come_with_their_own_times() -> None:
    assert uplink(TTS + "up", THINGS_STACK).named == (
        Named("soil.moisture", 55),
        Named("soil.ec", 0.24),
        Named("battery", 3.6),
        Named("soil.moisture", 54, at="2026-02-12T15:00:00Z"),
    )
    assert read(TTS + "up/normalized", THINGS_STACK)[1] == Ignored("normalized_copy")


def test_points_come_with_their_units() -> None:
    assert uplink("x", THINGPARK).named == (
        Named("temperature", 24, "Cel"),
        Named("humidity", 50, "%RH", at="2024-12-17T09:00:00Z"),
    )


def test_what_a_network_decoded_is_kept_beside_the_frame() -> None:
    assert json.loads(uplink("fifo/x", LIVE_OBJECTS).decoded) == {"temperature": 21.5}
    assert json.loads(uplink(TTS + "up", THINGS_STACK).decoded) == {"t": 1}
    assert uplink("x", THINGPARK).decoded == b""


@pytest.mark.parametrize(
    ("message", "profile"),
    [(THINGS_STACK, "em500-smtc"), (THINGPARK, "field-test"), (LIVE_OBJECTS, "codec-x")],
)
def test_networks_that_know_the_model_name_it(message: dict[str, Any], profile: str) -> None:
    assert uplink("x", message).profile == profile


@pytest.mark.parametrize(
    ("told", "kept"),
    [([{"Rssi": 1}], [{"Rssi": 1}]), ({"Rssi": 1}, [{"Rssi": 1}]), (False, []), (None, [])],
)
def test_receptions_are_an_array_whatever_is_told(told: object, kept: object) -> None:
    aws = changed(AWS, "WirelessMetadata", "LoRaWAN", Gateways=told)
    park = changed(THINGPARK, "DevEUI_uplink", "Lrrs", Lrr=told)
    for message in (aws, park):
        assert json.loads(uplink("x", message).receptions) == kept


@pytest.mark.parametrize("spelling", ["TEKTELIC-0004A30B00E8355E", "eui-0004a30b00e8355e"])
def test_a_vendors_prefix_is_no_part_of_an_eui(spelling: str) -> None:
    assert uplink("x", LORIOT | {"EUI": spelling}).dev_eui == "0004a30b00e8355e"


def test_aws_writes_the_port_in_two_ways() -> None:
    message = changed(AWS, "WirelessMetadata", "LoRaWAN", FPort=..., Fport=9)
    assert uplink("x", message).f_port == 9


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (changed(THINGS_STACK, "end_device_ids", dev_eui="0004A30B"), "bad_eui"),
        (changed(THINGS_STACK, "uplink_message", frm_payload="%"), "bad_base64"),
        (changed(THINGS_STACK, "uplink_message", f_port=256), "wrong_shape"),
        (changed(THINGPARK, "DevEUI_uplink", DevEUI="12"), "bad_eui"),
        (changed(THINGPARK, "DevEUI_uplink", payload_hex="9e1"), "bad_hex"),
        (changed(THINGPARK, "DevEUI_uplink", FCntUp=-1), "wrong_shape"),
        (changed(THINGPARK, "DevEUI_uplink", FCntUp="many"), "wrong_shape"),
        (changed(LIVE_OBJECTS, "value", payload="zz"), "bad_hex"),
        (changed(LIVE_OBJECTS, "value", payload=7), "bad_hex"),
        (changed(LORIOT, EUI="none"), "bad_eui"),
        (changed(LORIOT, data="0"), "bad_hex"),
        (changed(AWS, PayloadData="*"), "bad_base64"),
        (changed(AWS, "WirelessMetadata", "LoRaWAN", DevEui="x"), "bad_eui"),
        (changed(AWS, "WirelessMetadata", "LoRaWAN", FCnt=1 << 32), "wrong_shape"),
        (b'{"end_device_ids":{"dev_eui":"', "not_json"),
        (b'{"DevEUI_uplink":{"DevEUI":NaN}}', "not_json"),
    ],
)
def test_a_wrong_message_says_why(message: object, reason: str) -> None:
    record = read("city/x", message)[1]
    assert isinstance(record, Rejection), record
    assert record.reason == reason


def test_a_device_of_the_stack_without_an_eui_has_its_name() -> None:
    message = changed(THINGS_STACK, "end_device_ids", dev_eui=...)
    assert uplink(TTS + "up", message).dev_eui == "valve-7"


STEPS: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
    ("down/queued", {"downlink_queued": {"correlation_ids": [ORDER]}}, ("", "")),
    ("down/sent", {"downlink_sent": {"correlation_ids": [ORDER]}}, ("sent", "")),
    ("down/ack", {"downlink_ack": {"correlation_ids": ["as:x", ORDER]}}, ("acknowledged", "")),
    ("down/nack", {"correlation_ids": [ORDER]}, ("refused", "not_acknowledged")),
    (
        "down/failed",
        {
            "downlink_failed": {
                "downlink": {"correlation_ids": [f"reverbere:{ORDER}"]},
                "error": {"namespace": "ns", "name": "payload_too_long"},
            }
        },
        ("failed", "payload_too_long"),
    ),
    ("down/invalidated", {"correlation_ids": [ORDER]}, ("failed", "invalidated")),
]


@pytest.mark.parametrize(("kind", "fields", "outcome"), STEPS)
def test_the_stack_tells_how_an_order_fares(
    kind: str, fields: dict[str, Any], outcome: tuple[str, str]
) -> None:
    message = {"end_device_ids": THINGS_STACK["end_device_ids"], "received_at": "x", **fields}
    record = read(TTS + kind, message)[1]
    assert isinstance(record, Event), record
    assert (str(record.outcome), record.reason) == outcome
    assert record.command_id == (ORDER if outcome[0] else "")


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("down/push", Ignored("command")),
        ("down/replace", Ignored("command")),
        ("something/new", Ignored("unknown_event")),
    ],
)
def test_our_own_orders_and_unknown_kinds_stay_in_the_ledger(kind: str, answer: Record) -> None:
    message = {"end_device_ids": THINGS_STACK["end_device_ids"]}
    assert read(TTS + kind, message)[1] == answer


@pytest.mark.parametrize(
    ("topic", "message", "kind"),
    [
        (TTS + "join", {**THINGS_STACK, "uplink_message": None, "join_accept": {}}, "join"),
        ("x", {"DevEUI_notification": {"DevEUI": "0018B20000000B20", "Type": "join"}}, "join"),
        ("x", {"DevEUI_location": {"DevEUI": "0018B20000000B20", "DevLAT": "47.9"}}, "location"),
        (
            "x",
            changed(LIVE_OBJECTS, "metadata", "network", "lora", messageType="JOIN_REQUEST"),
            "join",
        ),
        ("x", {"cmd": "txd", "EUI": "0004A30B00E8355E", "seqdn": 4}, "txack"),
    ],
)
def test_other_events_are_kept(topic: str, message: dict[str, Any], kind: str) -> None:
    record = read(topic, message)[1]
    assert isinstance(record, Event), record
    assert record.kind == kind


@pytest.mark.parametrize(
    ("status", "causes", "told"),
    [
        (1, ("00", "00", "00"), ("sent", "")),
        ("1", ("00", "00", "00"), ("sent", "")),
        (0, ("A1", "00", "B0"), ("failed", "gateway A1 B0")),
        ("0", (0, 0, 0), ("failed", "gateway ")),
    ],
)
def test_thingpark_tells_whether_a_downlink_left(
    status: object, causes: tuple[object, ...], told: tuple[str, str]
) -> None:
    sent = {
        "DevEUI": "0018B20000000B20",
        "DeliveryStatus": status,
        "CorrelationID": "4434704901C7450B",
        **{f"DeliveryFailedCause{n}": cause for n, cause in enumerate(causes, 1)},
    }
    record = read("x", {"DevEUI_downlink_Sent": sent})[1]
    assert isinstance(record, Event), record
    assert (str(record.outcome), record.reason) == told


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"cmd": "cq", "EUI": "0004A30B00E8355E"}, "unknown_event"),
        ({"DevEUI_multicast_summary": {}}, "unknown_event"),
        (changed(LIVE_OBJECTS, "metadata", connector="mqtt"), "other_connector"),
    ],
)
def test_what_is_not_for_us_is_ignored_with_a_reason(message: object, reason: str) -> None:
    assert read("x", message)[1] == Ignored(reason)
