"""Zigbee2MQTT, Tasmota, Shelly, SenML: recomposed messages in the shapes that they publish."""

import json
from zoneinfo import ZoneInfo

import pytest

from ingest.mapping import read_named, tables_of
from ingest.networks import Networks
from ingest.networks.instants import micros
from ingest.networks.records import (
    NO_TIME,
    Event,
    Ignored,
    Named,
    Record,
    Rejection,
    Several,
    Uplink,
)

NOW = 1_771_237_000_000_000  # 2026-02-16T10:16:40Z
NETWORKS = Networks(zone=ZoneInfo("Europe/Paris"))


def read(topic: str, message: object, received_at: int = NOW) -> tuple[str, Record]:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return NETWORKS.read(topic, payload, received_at)


def measured(
    topic: str, message: object, received_at: int = NOW
) -> tuple[Uplink, dict[str, float]]:
    """Return the uplink, and by its network's own names property:channel → value."""
    source, record = read(topic, message, received_at)
    assert isinstance(record, Uplink), record
    assert not record.counted
    readings, _ = read_named(record.named, tables_of(source, {}))
    return record, {f"{one.property}:{one.channel}": one.value for one in readings}


# ---------------------------------------------------------------- Zigbee2MQTT


def test_a_zigbee_sensor_with_a_battery() -> None:
    message = {
        "temperature": 27.34,
        "humidity": 44.7,
        "battery": 91,
        "voltage": 2995,
        "linkquality": 120,
        "contact": True,
        "last_seen": 1771236990123,
        "update": {"state": "idle"},
        "device": {"friendlyName": "x"},
    }
    record, readings = measured("zigbee2mqtt/Salle 3/fenêtre", message)
    assert readings == {
        "air_temperature:0": 27.34,
        "relative_humidity:0": 44.7,
        "battery_level:0": 91,
        "battery_voltage:0": 2.995,
        "door_open:0": 0,
    }
    assert record.gateway_at == 1_771_236_990_123_000
    assert record.name == "Salle 3/fenêtre"


def test_a_mains_plugs_voltage_is_in_volts() -> None:
    message = {"state": "ON", "power": 41.5, "voltage": 231, "current": 0.2, "energy": 12.5}
    record, readings = measured("zigbee2mqtt/plug", message)
    assert readings == {
        "lamp_on:0": 1,
        "active_power:0": 41.5,
        "voltage:0": 231,
        "current:0": 0.2,
        "active_energy:0": 12.5,
    }
    assert record.gateway_at == NO_TIME


def test_free_names_never_become_one_device() -> None:
    names = [
        "Salle 3/fenêtre",
        "Salle 3 fenêtre",
        "salle-3-fen-tre",
        "living_room",
        "0x00158d0001a2b3c4",
    ]
    devices = [measured(f"zigbee2mqtt/{name}", {"temperature": 1})[0].dev_eui for name in names]
    assert len(set(devices)) == len(names)
    assert devices[3:] == ["living_room", "00158d0001a2b3c4"]


def test_an_attribute_alone_is_one_value() -> None:
    record, readings = measured("zigbee2mqtt/kitchen/temperature", b"21.5")
    assert (record.dev_eui, readings) == ("kitchen", {"air_temperature:0": 21.5})


@pytest.mark.parametrize(
    ("topic", "message", "answer"),
    [
        ("zigbee2mqtt/bridge/devices", [], Ignored("bridge")),
        ("zigbee2mqtt/plug/set", {"state": "ON"}, Ignored("command")),
        ("zigbee2mqtt/a/b/get", {"state": ""}, Ignored("command")),
        ("zigbee2mqtt/plug/set/state", b"ON", Ignored("command")),
        ("zigbee2mqtt/plug", b"", Ignored("deleted")),
        ("zigbee2mqtt/plug", {"last_seen": "x"}, Ignored("no_values")),
        ("zigbee2mqtt/plug/availability", b"gone", Rejection("unknown_state", "gone")),
    ],
)
def test_what_zigbee2mqtt_says_beside_measurements(
    topic: str, message: object, answer: Record
) -> None:
    assert read(topic, message) == ("zigbee2mqtt", answer)


# -------------------------------------------------------------- availability


@pytest.mark.parametrize(
    ("topic", "message", "device", "online"),
    [
        ("zigbee2mqtt/a/b/availability", {"state": "online"}, "a/b", 1),
        ("zigbee2mqtt/plug/availability", b"offline", "plug", 0),
        ("zigbee2mqtt/bridge/state", {"state": "offline"}, "zigbee2mqtt", 0),
        ("tele/plug/LWT", b"Online", "plug", 1),
        ("plug/tele/LWT", b"Offline", "plug", 0),
        ("shellypro4pm-f008d1d8b8b8/online", b"true", "shellypro4pm-f008d1d8b8b8", 1),
        ("shellies/shelly1-A1B2C3/online", b"false", "shelly1-a1b2c3", 0),
    ],
)
def test_who_can_be_reached_is_a_state(
    topic: str, message: object, device: str, online: float
) -> None:
    _, record = read(topic, message)
    assert isinstance(record, Event), record
    assert record.kind == "availability"
    assert record.state
    assert [reading.value for reading in record.readings] == [online]
    assert record.subject.startswith(device.replace("/", "-"))
    assert isinstance(json.loads(record.detail), dict)


# ------------------------------------------------------------------- Tasmota

SENSOR = {
    "Time": "2026-02-16T11:13:52",
    "ENERGY": {
        "TotalStartTime": "2026-01-01T00:00:00",
        "Total": 6.294,
        "Yesterday": 5.34,
        "Power": 2635,
        "Factor": 0.99,
        "Voltage": 227,
        "Current": [11.66, 2.1],
    },
    "BME280": {"Temperature": 68, "Humidity": 40, "Pressure": 750},
    "TempUnit": "F",
    "PressureUnit": "mmHg",
}


@pytest.mark.parametrize("topic", ["tele/cour/plug/SENSOR", "cour/plug/tele/SENSOR"])
def test_tasmota_tells_local_time(topic: str) -> None:
    record, readings = measured(topic, SENSOR)
    assert record.name == "cour/plug"
    assert record.gateway_at == 1_771_236_832_000_000  # 10:13:52 UTC
    assert readings == {
        "active_energy:0": 6.294,
        "active_power:0": 2635,
        "power_factor:0": 0.99,
        "voltage:0": 227,
        "current:0": 11.66,
        "current:1": 2.1,
        "air_temperature:0": pytest.approx(20),
        "relative_humidity:0": 40,
    }  # mmHg leads nowhere: that value is listed, not stored


HOUR = 3_600_000_000


@pytest.mark.parametrize(
    ("local", "received", "instant"),
    [
        # autumn 2026: 02:30 comes twice in the night of 25 October
        ("2026-10-25T02:30:00", "2026-10-25T00:30:05Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25T02:30:00", "2026-10-25T01:30:05Z", "2026-10-25T01:30:00Z"),
        # spring 2026: 02:30 does not exist on 29 March; it is 01:30 UTC or 00:30 UTC, the nearer
        ("2026-03-29T02:30:00", "2026-03-29T01:30:05Z", "2026-03-29T01:30:00Z"),
        ("2026-03-29T03:30:00", "2026-03-29T01:30:05Z", "2026-03-29T01:30:00Z"),
        ("2026-07-01T12:00:00", "2026-07-01T10:00:05Z", "2026-07-01T10:00:00Z"),
        ("2026-07-01T12:00:00+02:00", "2026-07-01T10:00:05Z", "2026-07-01T10:00:00Z"),
        ("1970-01-01T00:00:10", "2026-07-01T10:00:05Z", "1969-12-31T23:00:10Z"),
    ],
)
def test_local_time_survives_both_changes_of_the_clock(
    local: str, received: str, instant: str
) -> None:
    record, _ = measured(
        "tele/x/SENSOR", {"Time": local, "A": {"Temperature": 1}}, micros(received)
    )
    assert record.gateway_at == micros(instant)


@pytest.mark.parametrize(
    "told", ["yesterday", "0000-00-00T00:00:00", 7, None, "0001-01-01T00:00:00"]
)
def test_a_time_that_is_none_is_the_doors(told: object) -> None:
    record, _ = measured("tele/x/SENSOR", {"Time": told, "A": {"Temperature": 1}})
    assert record.gateway_at == NO_TIME


@pytest.mark.parametrize(
    ("topic", "message", "readings"),
    [
        ("stat/x/RESULT", {"POWER": "ON"}, {"lamp_on:0": 1}),
        ("stat/x/RESULT", {"POWER2": "OFF"}, {"lamp_on:1": 0}),
        (
            "tele/x/STATE",
            {"POWER": "OFF", "Dimmer": 40, "Wifi": {"RSSI": 70}},
            {"lamp_on:0": 0, "dimming_level:0": 40},
        ),
        ("stat/x/STATUS10", {"StatusSNS": {"ENERGY": {"Power": 5}}}, {"active_power:0": 5}),
    ],
)
def test_tasmota_tells_states_too(
    topic: str, message: dict[str, object], readings: dict[str, float]
) -> None:
    assert measured(topic, message)[1] == readings


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("cmnd/x/POWER", b"ON", "command"),
        ("stat/x/POWER", b"ON", "result_copy"),
        ("stat/x/POWER1", b"ON", "result_copy"),
        ("tele/x/INFO1", b"{}", "unknown_event"),
        ("tele/x/SENSOR", b"", "deleted"),
        ("tele/x/SENSOR", b'{"Time":"2026-02-16T11:13:52"}', "no_values"),
        ("stat/x/STATUS10", b'{"StatusSNS":7}', "no_values"),
    ],
)
def test_what_tasmota_says_beside_measurements(topic: str, payload: bytes, reason: str) -> None:
    assert read(topic, payload) == ("tasmota", Ignored(reason))


# -------------------------------------------------------------------- Shelly


def test_a_change_of_a_shelly_names_only_what_is_new() -> None:
    message = {
        "src": "shellypro4pm-f008d1d8b8b8",
        "dst": "shellypro4pm-f008d1d8b8b8/events",
        "method": "NotifyStatus",
        "params": {
            "ts": 1771236990.04,
            "switch:2": {
                "id": 2,
                "output": True,
                "apower": 12.3,
                "voltage": None,
                "aenergy": {"total": 1234.5, "by_minute": [1.0, 2.0, 3.0], "minute_ts": 1771236960},
                "temperature": {"tC": 40.1, "tF": 104.2},
            },
            "sys": {"uptime": 7},
        },
    }
    record, readings = measured("shellypro4pm-f008d1d8b8b8/events/rpc", message)
    assert record.gateway_at == 1_771_236_990_040_000
    assert readings == {
        "lamp_on:2": 1,
        "active_power:2": 12.3,
        "active_energy:2": pytest.approx(1.2345),
    }


def test_three_phases_of_a_shelly_are_channels() -> None:
    message = {
        "id": 0,
        "a_voltage": 230.1,
        "b_voltage": 231.2,
        "c_voltage": 229.9,
        "total_act_power": 900,
    }
    _, readings = measured("hall/status/em:0", message)
    assert readings == {
        "voltage:1": 230.1,
        "voltage:2": 231.2,
        "voltage:3": 229.9,
        "active_power:0": 900,
    }


@pytest.mark.parametrize(
    ("topic", "payload", "readings"),
    [
        ("shellies/s/relay/0", b"on", {"lamp_on:0": 1}),
        ("shellies/s/relay/1/power", b"41.5", {"active_power:1": 41.5}),
        ("shellies/s/relay/0/energy", b"120000", {"active_energy:0": 2}),  # W·min
        ("shellies/s/emeter/2/total", b"1500", {"active_energy:2": 1.5}),
        ("shellies/s/sensor/temperature", b"21.5", {"air_temperature:0": 21.5}),
        ("shellies/s/relay/0", b"overpower", {}),
    ],
)
def test_the_first_generation_tells_one_value_a_topic(
    topic: str, payload: bytes, readings: dict[str, float]
) -> None:
    assert measured(topic, payload)[1] == readings


@pytest.mark.parametrize(
    ("topic", "payload", "answer"),
    [
        ("x/events/rpc", b'{"src":"x","method":"NotifyEvent"}', Ignored("unknown_event")),
        ("x/events/rpc", b'{"method":"NotifyStatus","params":{"ts":1}}', Ignored("no_values")),
        ("shellies/announce", b"{}", Ignored("unknown_event")),
        ("shellies/s/relay/0", b"\xff", Rejection("not_text")),
        ("x/events/rpc", b"", Ignored("deleted")),
    ],
)
def test_what_a_shelly_says_beside_measurements(topic: str, payload: bytes, answer: Record) -> None:
    assert read(topic, payload) == ("shelly", answer)


# --------------------------------------------------------------------- SenML


def test_base_fields_hold_for_the_records_after_them() -> None:
    pack = [
        {
            "bn": "urn:dev:ow:10e2073a01080063:",
            "bt": 1.771236e9,
            "bu": "V",
            "bver": 5,
            "n": "voltage",
            "v": 230.1,
        },
        {"n": "current", "u": "A", "t": -5, "v": 1.2},
        {"n": "on", "u": "/", "vb": True},
        {"n": "label", "vs": "machine 1"},
    ]
    source, record = read("sensors/pack", pack)
    assert source == "senml"
    assert isinstance(record, Uplink)
    at = 1_771_236_000_000_000
    assert record.dev_eui == "10e2073a01080063"
    assert record.gateway_at == at
    assert record.named == (
        Named("voltage", 230.1, "V", at=at),
        Named("current", 1.2, "A", at=at - 5_000_000),
        Named("on", True, "/", at=at),
        Named("label", "machine 1", "V", at=at),
    )


def test_the_published_example_has_a_value_and_no_name() -> None:
    pack = [{"n": "urn:dev:ow:10e2073a01080063", "u": "Cel", "v": 23.1}]
    _, record = read("city/senml", pack)
    assert isinstance(record, Uplink)
    assert record.named == (Named("urn:dev:ow:10e2073a01080063", 23.1, "Cel"),)
    assert record.gateway_at == NO_TIME


def test_a_pack_of_two_devices_is_two_uplinks() -> None:
    pack = [{"bn": "a:", "n": "x", "v": 1}, {"bn": "b:", "n": "x", "v": 2}, {"n": "y", "v": 3}]
    _, record = read("t", pack)
    assert isinstance(record, Several)
    assert [
        (part.dev_eui, len(part.named)) for part in record.parts if isinstance(part, Uplink)
    ] == [
        ("a", 1),
        ("b", 2),
    ]


@pytest.mark.parametrize(
    ("time", "at"),
    [
        (0, NO_TIME),
        (-60, NOW - 60_000_000),
        (2**28 - 1, NOW + (2**28 - 1) * 1_000_000),
        (2**28, 2**28 * 1_000_000),
        (1e300, NO_TIME),
    ],
)
def test_a_time_below_2_to_the_28_is_relative_to_now(time: float, at: int) -> None:
    _, record = read("t", [{"bn": "d", "n": "x", "t": time, "v": 1}])
    assert isinstance(record, Uplink)
    assert record.named[0].at == at
    assert record.gateway_at == (at if time == 2**28 else NO_TIME)


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        ([{"bn": "d", "n": "x", "v": 1, "new_": 2}], "not_understood"),
        ([{"bn": "d", "bver": 11, "n": "x", "v": 1}], "unknown_version"),
        ([{"bn": "d", "n": "x"}], "no_values"),
        ([{"bn": "d", "n": "x", "v": "1"}], "wrong_shape"),
        ([{"bn": "d", "n": "x", "v": 1}] * 2001, "too_many_records"),
        (b'[{"bn":"d","n":"x","v":NaN}]', "not_json"),
    ],
)
def test_a_wrong_pack_says_why(pack: object, reason: str) -> None:
    _, record = read("t", pack)
    assert isinstance(record, Rejection), record
    assert record.reason == reason
