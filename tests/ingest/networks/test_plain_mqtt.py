"""Plain MQTT: our own readings topic, and topics that a mapping file describes."""

from pathlib import Path

import pytest

from gis.errors import MappingInvalid
from ingest.networks import Networks
from ingest.networks.plain import PlainNetwork, read_rules
from ingest.networks.records import NO_TIME, Ignored, Reading, Record, Rejection, Uplink

MAPPING = """
[[topic]]
filter = "site/+/temperature"
device = "site-{1}"
property = "air_temperature"

[[topic]]
filter = "meters/#"
device = "{1}"
time = "ts"
[topic.values]
"values.power" = { property = "active_power", scale = 1000.0, channel = 1 }
"door" = { property = "door_open" }
"""


@pytest.fixture
def networks(tmp_path: Path) -> Networks:
    file = tmp_path / "plain.toml"
    file.write_text(MAPPING, encoding="utf-8")
    return Networks(read_rules(file))


def taken(networks: Networks, topic: str, payload: bytes) -> tuple[Reading, ...]:
    _, record = networks.read(topic, payload)
    assert isinstance(record, Uplink), record
    assert not record.counted
    assert record.payload == payload
    return record.readings


def refused(networks: Networks, topic: str, payload: bytes) -> str:
    _, record = networks.read(topic, payload)
    assert isinstance(record, Rejection), record
    return record.reason


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        (b"21.4", 21.4),
        (b"\xef\xbb\xbf 21.4\n", 21.4),
        (b"-0.5e1", -5.0),
        (b"0", 0.0),
        ("70.52 °F".encode(), 21.4),
    ],
)
def test_a_bare_scalar_is_a_reading(networks: Networks, payload: bytes, value: float) -> None:
    [reading] = taken(networks, "site/a/temperature", payload)
    assert (reading.property, reading.value) == ("air_temperature", pytest.approx(value))


@pytest.mark.parametrize(
    "payload",
    [b"21,4", b"NaN", b"null", b'"null"', b"inf", b"1e999", b"", b"21.4 bar", "٣".encode()],
)
def test_text_in_the_place_of_a_number_is_never_a_zero(networks: Networks, payload: bytes) -> None:
    _, record = networks.read("site/a/temperature", payload)
    why = "unit" if payload.endswith(b"bar") else "not_a_number"
    expected: Record = Rejection(why, payload.decode()) if payload else Ignored("deleted")
    assert record == expected


def test_json_is_read_by_its_paths(networks: Networks) -> None:
    payload = b'{"ts":1763582072,"values":{"power":1.5},"door":"on"}'
    at = 1_763_582_072_000_000
    assert taken(networks, "meters/m1/x/y", payload) == (
        Reading("active_power", 1500.0, 1, at),
        Reading("door_open", 1.0, 0, at),
    )


def test_an_array_is_a_batch(networks: Networks) -> None:
    payload = b'[{"ts":"2026-11-19T19:00:00Z","door":true},{"ts":1763582072123,"door":false}]'
    readings = taken(networks, "meters/m1", payload)
    assert [reading.value for reading in readings] == [1.0, 0.0]
    assert len({reading.at for reading in readings}) == 2


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b'{"door":"null"}', "not_a_number"),
        (b'{"door":null}', "no_values"),
        (b'{"ts":"yesterday","door":1}', "bad_time"),
        (b'{"ts":12,"door":1}', "bad_time"),
        (b'{"door":["x"]}', "not_a_number"),
        (b"[[1]]", "wrong_shape"),
        (b"{", "not_json"),
        (b'{"values":{"power":1e308}}', "not_a_number"),
    ],
)
def test_wrong_json_says_why(networks: Networks, payload: bytes, reason: str) -> None:
    assert refused(networks, "meters/m1", payload) == reason


def test_the_good_values_of_a_message_are_taken_and_the_others_listed(networks: Networks) -> None:
    power = b'"values":{"power":{"value":2,"unit":"kW"}}'
    payload = b'{"door":["on",null,"ajar"],' + power + b',"x":{"y":7}}'
    _, record = networks.read("meters/m1", payload)
    assert isinstance(record, Uplink)
    assert record.readings == (
        Reading("active_power", 2000.0, 1),
        Reading("door_open", 1.0, 0),
    )
    assert [(one.name, one.why) for one in record.unmapped] == [
        ("door", "not_a_number"),
        ("x.y", "no_mapping"),
    ]


def test_a_free_name_is_no_base64(networks: Networks) -> None:
    _, record = networks.read("meters/living_room", b'{"door":1}')
    assert isinstance(record, Uplink)
    assert record.dev_eui == "living_room"  # eleven characters, like the base64 of eight bytes


def test_a_topic_of_another_depth_is_not_taken(networks: Networks) -> None:
    assert refused(networks, "site/a/b/temperature", b"1") == "unknown_topic"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[topic]]\nfilter='a'\ndevice='b'", "either 'property' or 'values'"),
        ("[[topic]]\nfilter='a'\ndevice='b'\nproperty='nope'", "no observed property"),
        ("[[topic]]\nfilter='a'\ndevice='b'\nproperty='voltage'\nunit='bar'", "does not lead to V"),
        ("[[topic]]\nfilter='a'", "device"),
        ("topic = 1", "Expected"),
        ("=", "Invalid"),
    ],
)
def test_a_wrong_mapping_is_told_where(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "plain.toml"
    file.write_text(text)
    with pytest.raises(MappingInvalid, match=told):
        read_rules(file)


def test_our_readings_topic_takes_values_by_property() -> None:
    payload = b'{"time":"2026-11-19T20:00:00Z","values":{"active_energy":12.5,"voltage:2":231}}'
    assert taken(Networks(), "reverbere/reading/METER-7", payload) == (
        Reading("active_energy", 12.5, 0, 1_795_118_400_000_000),
        Reading("voltage", 231.0, 2, 1_795_118_400_000_000),
    )


def test_our_readings_topic_takes_batches_and_the_time_of_reception() -> None:
    payload = b'[{"values":{"rain":0.2}},{"time":"2026-11-19T20:00:00Z","values":{"rain":0.4}}]'
    first, second = taken(Networks(), "reverbere/reading/pluvio", payload)
    assert (first.at, second.at) == (NO_TIME, 1_795_118_400_000_000)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty"),
        (b"[]", "no_values"),
        (b'{"values":{}}', "no_values"),
        (b'{"values":{"warmth":1}}', "unknown_property"),
        (b'{"values":{"voltage:x":1}}', "bad_channel"),
        (b'{"values":{"voltage:99999":1}}', "bad_channel"),
        (b'{"values":{"voltage":"230"}}', "wrong_shape"),
        (b'{"values":{"voltage":null}}', "wrong_shape"),
        (b'{"time":"2026-11-19T20:00:00","values":{"voltage":1}}', "bad_time"),
        (b'{"valeurs":{}}', "wrong_shape"),
    ],
)
def test_a_wrong_reading_says_why(payload: bytes, reason: str) -> None:
    assert refused(Networks(), "reverbere/reading/m", payload) == reason


def test_a_device_needs_a_name_that_can_be_one() -> None:
    payload = b'{"values":{"voltage":1}}'
    assert refused(Networks(), "reverbere/reading/a b", payload) == "bad_identifier"
    assert refused(Networks(), "reverbere/reading/", payload) == "bad_identifier"


def test_without_a_mapping_nothing_plain_is_read() -> None:
    assert PlainNetwork().read("a", b"1") == Rejection("unknown_topic")
