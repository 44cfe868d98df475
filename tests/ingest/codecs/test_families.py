"""Valves, soil probes, distances and current meters against published vectors and by hand."""

import numpy as np
import pytest

from ingest.codecs import CODECS, strega, tektelic
from tests.ingest.codecs.values import decode, values

PUBLISHED = [
    pytest.param(
        "strega",
        "3331383832 23 633D 77DB",
        {
            "external_power": 0,
            "battery_voltage": 3.188,
            "battery": 74.25,
            "valve_open": 0,
            "tamper": 1,
            "cable": 0,
            "digital_input": 0,
            "digital_input.1": 0,
            "leak": 0,
            "fraud": 0,
            "temperature": 23.962173462,
            "humidity": 46.818542480,
        },
        id="STREGA: 74 %, tampered with, 23.96 °C, 46.82 %",
    ),
    pytest.param(
        "dl-smtp",
        "020B500003" + "09018A8C" + "09C48000" * 7 + "0C1D",
        {
            "moisture_index": -0.39,
            **{f"moisture_index.{n}": 0 for n in range(1, 8)},
            "temperature": 27.0,
            **{f"temperature.{n}": 0 for n in range(1, 8)},
            "battery_voltage": 3.101,
        },
        id="Decentlab SMTP: -0.39, 27.0 °C at the top",
    ),
    pytest.param(
        "lse01",
        "CE2900F107A5099B6E2890",
        {
            "battery_voltage": 3.625,
            "external_temperature": 24.1,
            "moisture": 19.57,
            "temperature": 24.59,
            "conductivity": 28200,
        },
        id="Dragino LSE01",
    ),
    pytest.param(
        "ldds75",
        "0D3B0AEF00000001",
        {"battery_voltage": 3.387, "distance": 2.799},
        id="Dragino LDDS75: the battery too, which the vendor's decoder drops",
    ),
    pytest.param(
        "netvox-r718n",
        "014A032403E800C81B5836",
        {
            "battery_voltage": 3.6,
            "battery_low": 0,
            "current.1": 10,
            "current.2": 1,
            "current.3": 700,
        },
        id="Netvox R718N3: 1000, 200, 7000 times 10, 5, 100",
    ),
]

PUBLISHED += [
    pytest.param(
        "dl-smtp",
        "020B500003 09018A8C 09438A98 09278A92 0B3C8AA5 0C9C8A8C 11E08AA5 00000000 00000000 0B3B",
        {
            "moisture_index": -0.39,
            "moisture_index.1": -0.258,
            "moisture_index.2": -0.314,
            "moisture_index.3": 0.752,
            "moisture_index.4": 1.456,
            "moisture_index.5": 4.152,
            "moisture_index.6": -5,
            "moisture_index.7": -5,
            "temperature": 27,
            "temperature.1": 27.12,
            "temperature.2": 27.06,
            "temperature.3": 27.25,
            "temperature.4": 27,
            "temperature.5": 27.25,
            "temperature.6": -327.68,
            "temperature.7": -327.68,
            "battery_voltage": 2.875,
        },
        id="Decentlab SMTP, all depths: two are not fitted, and out of any range",
    ),
    pytest.param("dl-smtp", "020B50 0002 0B3B", {"battery_voltage": 2.875}, id="SMTP, battery"),
    pytest.param(
        "dl-trs12",
        "0210D3 0003 46BE 813D 0000 0C80",
        {
            "moisture": 0.0068869,
            "temperature": 31.7,
            "conductivity": 0,
            "battery_voltage": 3.2,
        },
        id="Decentlab TRS12, published",
    ),
    pytest.param(
        "dl-trs21",
        "020192 0003 0075 80A1 0C25",
        {"water_potential": -11.7, "temperature": 16.1, "battery_voltage": 3.109},
        id="Decentlab TRS21, published",
    ),
    pytest.param(
        "dl-mbx",
        "02012F 0003 04D2 0001 0BB1",
        {"distance": 1.234, "valid_samples": 1, "battery_voltage": 2.993},
        id="Decentlab MBX, published",
    ),
]

BY_HAND = [
    pytest.param(
        "strega",
        "F3FFFFFF B1",
        {"external_power": 1},
        id="STREGA on external power with a class flag: no battery; the status is beyond its bits",
    ),
    pytest.param(
        "strega-motorized",
        b"3000" + bytes([0x30 + 0b1010001]) + b"C0000FFV0BB8",
        {
            "external_power": 0,
            "battery_voltage": 3.0,
            "battery": 62.5,
            "valve_open": 1,
            "tamper": 0,
            "cable": 0,
            "digital_input": 0,
            "limit_open": 1,
            "leak": 0,
            "limit_closed": 1,
            "counter": 255,
            "analog": 3.0,
        },
        id="STREGA motorized: end stops, counter, volts",
    ),
    pytest.param(
        "strega",
        b"36002" + b"C000000",
        {
            "external_power": 0,
            "battery_voltage": 3.6,
            "battery": 100,
            "valve_open": 0,
            "tamper": 1,
            "cable": 0,
            "digital_input": 0,
            "digital_input.1": 0,
            "leak": 0,
            "fraud": 0,
            "counter": 0,
        },
        id="STREGA: a counter of 0 is 0",
    ),
    pytest.param("strega", b"@12C", {}, id="STREGA: an answer to an order"),
    pytest.param(
        "dl-trs12",
        "02 0B50 0003 5DC0 80FA 00C8 0BB8",
        {
            "moisture": round(2400 * 0.0003879 - 0.6956, 9),
            "temperature": 25.0,
            "conductivity": 200,
            "battery_voltage": 3.0,
        },
        id="Decentlab TRS12",
    ),
    pytest.param(
        "dl-trs21",
        "02 0B50 0001 00FA 7FCE",
        {"water_potential": -25.0, "temperature": -5.0},
        id="Decentlab TRS21, without battery",
    ),
    pytest.param(
        "dl-pr21",
        "02 0B50 0002 0BB8",
        {"battery_voltage": 3.0},
        id="Decentlab PR21: the battery alone",
    ),
    pytest.param(
        "dl-pr26",
        "02 0B50 0001 8000 5F00",
        {"pressure": 0.5, "span": 0.5, "temperature": 24.8},
        id="Decentlab PR26: the middle of its range",
    ),
    pytest.param(
        "dl-pr21",
        "02 0B50 0001 4000 5F00",
        {"pressure": -1, "span": 0, "temperature": 24.8},
        id="Decentlab PR21: the foot of its range",
    ),
    pytest.param(
        "dl-pr36",
        "02 0B50 0001 A000 9900",
        {"pressure": 1, "temperature": 25},
        id="Decentlab PR36",
    ),
    pytest.param(
        "dl-mbx",
        "02 0B50 0003 04D2 0007 0C1D",
        {"distance": 1.234, "valid_samples": 7, "battery_voltage": 3.101},
        id="Decentlab MBX",
    ),
    pytest.param(
        "lse01",
        "0C1D 7D00 07A5 FF9C 0064 00",
        {
            "battery_voltage": 3.101,
            "external_temperature": 3200,
            "moisture": 19.57,
            "temperature": -1.0,
            "conductivity": 100,
        },
        id="LSE01: frozen soil is not a hundredth off",
    ),
    pytest.param(
        "lse01-v1.2.1",
        "0C1D 00F1 0064 1388 0BB8 80",
        {
            "battery_voltage": 3.101,
            "external_temperature": 24.1,
            "dielectric": 10,
            "moisture_raw": 5000,
            "conductivity_raw": 3000,
        },
        id="LSE01 from 1.2.1 on, raw mode",
    ),
    pytest.param("ldds20", "0D3B 0AEF 00", {"battery_voltage": 3.387, "distance": 2.799}, id="20"),
    pytest.param("ldds75", "0D3B 0013 00000001", {"battery_voltage": 3.387}, id="too near"),
    pytest.param(
        "ldds45",
        "0D3B 0005 00 0000 01",
        {
            "battery_voltage": 3.387,
            "distance": 0.005,
            "interrupt": 0,
            "external_temperature": 0,
        },
        id="LDDS45: near is near",
    ),
    pytest.param("ldds75", "0D3B 0AEF 00", {"battery_voltage": 3.387}, id="no sensor"),
    pytest.param(
        "ldds45",
        "0D3B 0014 01 FF9C 01",
        {"battery_voltage": 3.387, "interrupt": 1, "external_temperature": -10},
        id="LDDS45: 20 is no distance",
    ),
    pytest.param(
        "netvox-r718n",
        "01 49 01 A4 0032 0A 00000000",
        {"battery_voltage": 3.6, "battery_low": 1, "current": 0.5},
        id="Netvox R718N1, battery low",
    ),
    pytest.param(
        "netvox-r718n",
        "01 4A 01 24 03E8 00C8 1B58 0A",
        {
            "battery_voltage": 3.6,
            "battery_low": 0,
            "current_raw.1": 1000,
            "current_raw.2": 200,
            "current_raw.3": 7000,
            "current.1": 10,
            "multiplier.1": 10,
        },
        id="Netvox R718N3: two multipliers come in another frame, so two counts stay raw",
    ),
    pytest.param(
        "netvox-r718n",
        "01 4A 02 24 05 64 0000000000",
        {"battery_voltage": 3.6, "battery_low": 0, "multiplier.2": 5, "multiplier.3": 100},
        id="Netvox R718N3, the multipliers",
    ),
    pytest.param(
        "netvox-r718n",
        "01 CA 01 24 F0000000 000000",
        {"battery_voltage": 3.6, "battery_low": 0, "current.1": 0xF0000000 / 1000},
        id="Netvox R718N360: unsigned",
    ),
    pytest.param(
        "netvox-r718n",
        "01 CA 02 000003E8 000007D0",
        {"current.2": 1, "current.3": 2},
        id="Netvox R718N360, the other phases, no battery in the frame",
    ),
    pytest.param(
        "tektelic-agriculture",
        "00BA E1 0104 0B00 0504 0B04 0B67 FFCE 0B68 78 0A71 03E8 FC18 0000",
        {
            "battery_voltage": 3.47,
            "end_of_service": 1,
            "moisture_frequency": 2816,
            "watermark_frequency": 2820,
            "soil_water_tension": 15,
            "temperature": -5,
            "humidity": 60,
            "acceleration_x": 1,
            "acceleration_y": -1,
            "acceleration_z": 0,
        },
        id="Tektelic agriculture",
    ),
]


@pytest.mark.parametrize(("codec", "frame", "expected"), PUBLISHED + BY_HAND)
def test_a_vector_reads_as_it_should(
    codec: str, frame: str | bytes, expected: dict[str, float]
) -> None:
    assert values(codec, frame) == pytest.approx(expected, abs=1e-9)


PROBLEMS = [
    ("strega", b"31", "truncated"),
    ("strega", b"3x882", "malformed"),
    ("strega", b"31882#12", "truncated"),
    ("strega", b"31882Z12", "unknown_tag"),
    ("strega", b"31882C0000G0", "malformed"),
    ("dl-trs12", bytes.fromhex("020B50"), "truncated"),
    ("dl-trs12", bytes.fromhex("010B500000"), "unknown_tag"),
    ("dl-trs12", bytes.fromhex("020B5000010000"), "truncated"),
    ("dl-trs12", bytes.fromhex("020B50000400000000"), "unknown_tag"),
    ("lse01", bytes.fromhex("0C1D00F1"), "truncated"),
    ("ldds75", b"\x0c", "truncated"),
    ("netvox-r718n", bytes.fromhex("014A03"), "truncated"),
    ("netvox-r718n", bytes.fromhex("01FF03" + "00" * 8), "unknown_tag"),
    ("tektelic-agriculture", bytes.fromhex("00BA61EE"), "truncated"),
    ("tektelic-agriculture", bytes.fromhex("00BA61EEEE00"), "unknown_tag"),
]


@pytest.mark.parametrize(("codec", "frame", "problem"), PROBLEMS)
def test_a_frame_that_cannot_be_read_says_why(codec: str, frame: bytes, problem: str) -> None:
    assert decode(codec, frame).problems == {0: problem}


@pytest.mark.parametrize("codec", ["lse01", "ldds75", "netvox-r718n", "tektelic-agriculture"])
def test_another_port_is_configuration(codec: str) -> None:
    found = decode(codec, bytes.fromhex("0D3B0AEF00000001AAAAAA"), f_port=5)
    assert (found.parts, found.problems) == ([], {})


def test_a_port_of_its_own_is_told_apart_in_one_batch() -> None:
    frame = bytes.fromhex("CE2900F107A5099B6E2890")
    found = CODECS["lse01"].decode([frame] * 4, np.array([2, 5, 2, 1], np.int16))
    assert {tuple(part.rows.tolist()) for part in found.parts} == {(0, 2)}


def test_the_watermark_curve_is_steady_and_never_rises() -> None:
    hertz = np.arange(0, 8000)
    tension = tektelic.tension_of(hertz)
    assert (np.diff(tension) <= 0).all()
    assert np.abs(np.diff(tension)).max() < 0.53  # its steepest line, 0.5208 kPa/Hz
    assert tension[[485, 600, 770, 1110, 4330]].tolist() == [100, 75, 55, 35, 9]
    assert tension[1500] == pytest.approx(35 - 390 * 0.0117, abs=0.01)


@pytest.mark.parametrize(
    ("seconds", "written", "obeyed"),
    [
        (1, "2101", 1),
        (255, "21FF", 255),
        (256, "4104", 240),
        (600, "410A", 600),
        (15_300, "41FF", 15_300),
        (20_000, "8105", 18_000),
    ],
)
def test_a_timed_opening_is_never_longer_than_asked(
    seconds: int, written: str, obeyed: int
) -> None:
    payload, port = strega.encode_open(seconds)
    assert (payload.hex().upper(), port) == (written, 2)
    assert strega.decode_command(payload, port) == (True, obeyed)
    assert obeyed <= seconds


@pytest.mark.parametrize("seconds", [0, -5, 256 * 3600])
def test_an_opening_that_cannot_be_said_is_refused(seconds: int) -> None:
    with pytest.raises(ValueError, match="an opening lasts"):
        strega.encode_open(seconds)


def test_a_closing_reads_back() -> None:
    assert strega.decode_command(*strega.encode_close()) == (False, 0)
    assert strega.decode_command(b"\x01\x02", 9) is None
