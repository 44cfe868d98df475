"""How a frame was sent: each network's way of saying it becomes four narrow columns."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.networks import Networks
from ingest.networks.radio import of_text, of_tx_info, parts, setting
from ingest.networks.records import Uplink
from ingest.receptions import Reception, receptions_of
from tests.ingest.networks.samples import AWS, LIVE_OBJECTS, LORIOT, THINGPARK, THINGS_STACK

V3: dict[str, Any] = {"devEUI": "02aaaa0100000014", "fCnt": 28, "fPort": 33, "data": "AQ=="}
HELIUM = {
    "dev_eui": "A81758FFFE04B1C1",
    "payload": "AQ==",
    "hotspots": [{"id": "h1", "spreading": "SF9BW125", "frequency": 912.3}],
}
V4 = {
    "deviceInfo": {"devEui": "0101010101010101"},
    "dr": 5,
    "rxInfo": [],
    "txInfo": {
        "frequency": 867100000,
        "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 7}},
    },
}
LORA = {"bandwidth": 125, "spreadingFactor": 11, "codeRate": "4/5"}
UNTOLD = (0.0, 0, 0, -1)


def taken_apart(number: int) -> tuple[float, int, int, int]:
    frequency, bandwidth, factor, rate = (int(part[0]) for part in parts(np.array([number])))
    return frequency / 10_000, bandwidth, factor, rate


@pytest.mark.parametrize(
    ("topic", "message", "expected"),
    [
        ("application/a/device/b/event/up", V4, (867.1, 125, 7, 5)),
        ("application/a/device/b/event/up", V4 | {"txInfo": {}}, (0, 0, 0, 5)),
        (
            "application/a/device/b/event/up",
            V4
            | {
                "dr": 8,
                "txInfo": {
                    "frequency": 868130000,
                    "modulation": {"lrFhss": {"operatingChannelWidth": 137000}},
                },
            },
            (868.13, 137, 0, 8),
        ),
        (
            "application/3/device/b/event/up",
            V3 | {"rxInfo": [], "txInfo": {"frequency": 868500000, "dr": 0}},
            (868.5, 0, 0, 0),
        ),
        (
            "application/3/device/b/event/up",
            V3
            | {
                "rxInfo": [],
                "dr": 1,
                "txInfo": {
                    "frequency": 868300000,
                    "modulation": "LORA",
                    "loRaModulationInfo": LORA,
                },
            },
            (868.3, 125, 11, 1),
        ),
        (
            "application/3/device/b/rx",
            V3
            | {
                "txInfo": {
                    "frequency": 868100000,
                    "dataRate": {"modulation": "LORA", "bandwidth": 125, "spreadFactor": 12},
                }
            },
            (868.1, 125, 12, -1),
        ),
        ("application/3/device/b/event/up", V3 | {"txInfo": "wrong"}, UNTOLD),
        ("v3/app@t/devices/d/up", THINGS_STACK, (868.3, 125, 7, -1)),
        ("uplink/thingpark", THINGPARK, (868.5, 0, 0, -1)),
        ("fifo/lamps", LIVE_OBJECTS, (0, 0, 12, -1)),
        ("uplink/loriot", LORIOT, (868.3, 125, 12, -1)),
        ("uplink/aws", AWS, (868.1, 0, 0, 0)),
        ("helium/x/rx", HELIUM, (912.3, 125, 9, -1)),
        ("helium/x/rx", HELIUM | {"hotspots": [{"spreading": 9, "frequency": "NaN"}]}, UNTOLD),
    ],
)
def test_each_network_tells_how_a_frame_was_sent(
    topic: str, message: dict[str, Any], expected: tuple[float, int, int, int]
) -> None:
    _, record = Networks().read(topic, json.dumps(message).encode())
    assert isinstance(record, Uplink), record
    assert taken_apart(record.radio) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (setting(865.0625), (865.0625, 0, 0, -1)),  # not a whole number of kHz
        (setting(2_403_000_000, 812_000, 5), (2403, 812, 5, -1)),
        (setting(868_100_000, 125, 13, 16), (868.1, 125, 0, -1)),
        (setting(12.0, -5.0, -1, -1), UNTOLD),
        (setting(float("nan"), float("nan")), UNTOLD),
        (of_text("SF12 BW125 4/5", "868.1"), (868.1, 125, 12, -1)),
        (of_text("FSK 50kbps", 868.8), (868.8, 0, 0, -1)),
        (of_tx_info(b'{"frequency":"high"}'), UNTOLD),
        (of_tx_info(b"{"), UNTOLD),
    ],
)
def test_what_no_radio_does_is_not_told(told: int, expected: tuple[float, int, int, int]) -> None:
    assert taken_apart(told) == expected


@given(
    st.integers(1_000_000, 30_000_000),
    st.integers(1, 4095),
    st.integers(5, 12),
    st.none() | st.integers(0, 15),
)
def test_a_setting_comes_back_as_it_was_put_together(
    hundreds: int, bandwidth: int, factor: int, rate: int | None
) -> None:
    number = setting(hundreds * 100.0, bandwidth, factor, rate)
    assert 0 < number < 1 << 48
    found = [int(part[0]) for part in parts(np.array([number]))]
    assert found == [hundreds, bandwidth, factor, -1 if rate is None else rate]


def test_the_cloud_of_amazon_names_its_gateways() -> None:
    told = AWS["WirelessMetadata"]["LoRaWAN"]["Gateways"]
    heard = receptions_of(json.dumps(told).encode())
    assert heard == [Reception("80029cfffe5cf1cc", -29.0, 9.75)]
