"""Each codec against its published vectors and its own encoder."""

import pytest

from ingest.codecs import cayenne_lpp, elsys, emu_professional, milesight, volc2180
from tests.ingest.codecs.values import decode, values

PUBLISHED = [
    pytest.param(
        "ws558",
        "08310001 058164 07C90200 0374B208 068301000000 048001000000",
        {"voltage": 222.6, "power": 1, "current": 0.002, "energy": 0.001, "power_factor": 1},
        id="WS558 without a changed switch",
    ),
    pytest.param(
        "volc2180",
        "58 FA 002A 01E240 03B6 00BE 00038464",
        {
            "dimming": 100,
            "power": 42,
            "energy": 123.456,
            "power_factor": 0.95,
            "current": 0.19,
            "voltage": 230.5,
        },
        id="VOLC2180 meter",
    ),
    pytest.param(
        "em500-smtc",
        "01755C03673401046865057FF000",
        {"battery": 92, "temperature": 30.8, "moisture": 50.5, "conductivity": 240},
        id="EM500-SMTC: two bytes that the vendor's decoder skips are conductivity",
    ),
    pytest.param(
        "em500-smtc",
        "04CAE803",
        {"moisture": 10.0},
        id="EM500-SMTC: two-byte moisture, of which the vendor's decoder reads one",
    ),
    pytest.param(
        "emu-professional",
        "B4D77B61 01B4D77B61 0312070000 39",
        {"active_import": 1.81},
        id="EMU Professional II",
    ),
    pytest.param(
        "elsys",
        "0100460253033B0FFD070E20",
        {
            "temperature": 7.0,
            "humidity": 83,
            "acceleration_x": round(59 / 63, 9),
            "acceleration_y": round(15 / 63, 9),
            "acceleration_z": round(-3 / 63, 9),
            "battery": 3.616,
        },
        id="Elsys EMS",
    ),
    pytest.param(
        "cayenne-lpp",
        "03670110 056700FF",
        {"temperature.3": 27.2, "temperature.5": 25.5},
        id="Cayenne LPP, two temperatures",
    ),
    pytest.param(
        "cayenne-lpp",
        "067104D2FB2E0000",
        {"acceleration_x.6": 1.234, "acceleration_y.6": -1.234, "acceleration_z.6": 0},
        id="Cayenne LPP, accelerometer",
    ),
    pytest.param(
        "cayenne-lpp",
        "018806765FF2960A0003E8",
        {"latitude.1": 42.3519, "longitude.1": -87.9094, "altitude.1": 10.0},
        id="Cayenne LPP, position",
    ),
    pytest.param("uc511", "030101 050100", {"valve_open": 1, "valve_open.1": 0}, id="UC511 valves"),
    pytest.param("uc511", "0301FF", {}, id="UC511: a delayed order failed, nothing of the valve"),
]


@pytest.mark.parametrize(("codec", "frame", "expected"), PUBLISHED)
def test_a_published_vector_reads_as_published(
    codec: str, frame: str, expected: dict[str, float]
) -> None:
    assert values(codec, frame) == expected


ROUND_TRIPS = [
    pytest.param(
        "volc2180",
        volc2180.encode_trap(
            dimming=40,
            power=17,
            energy=16_777.216 + 1,
            power_factor=0.5,
            current=0.15,
            voltage=231.123,
            temperature=35,
        ),
        {
            "dimming": 40,
            "power": 17,
            "energy": 1.0,
            "power_factor": 0.5,
            "current": 0.15,
            "voltage": 231.123,
            "temperature": 35,
        },
        id="VOLC2180 trap: the energy index wraps",
    ),
    pytest.param(
        "emu-professional",
        emu_professional.encode_telegram(
            1_700_000_000,
            active_import=123_456.789,
            power=(100, 30, 110, -40),
            voltage=(230.1, 229.0, 0),
            current=(1.5,),
            power_factor=(0.95, -0.9, 1),
            frequency=50.1,
            supply_present=False,
        ),
        {
            "active_import": 123_456.789,
            "power": 100,
            "power.1": 30,
            "power.2": 110,
            "power.3": -40,
            "voltage.1": 230.1,
            "voltage.2": 229.0,
            "voltage.3": 0,
            "current": 1.5,
            "power_factor.1": 0.95,
            "power_factor.2": -0.9,
            "power_factor.3": 1,
            "frequency": 50.1,
            "supply_present": 0,
            "faults": 32,
        },
        id="EMU: power failure on three phases",
    ),
    pytest.param(
        "uc511",
        milesight.encode("uc511", valve_open=1, pulse_count=70_000, pressure=310),
        {"valve_open": 1, "pulse_count": 70_000, "pressure": 310},
        id="UC511 status",
    ),
    pytest.param(
        "em500-swl",
        milesight.encode("em500-swl", battery=80, depth=3.17),
        {"battery": 80, "depth": 3.17},
        id="SWL",
    ),
    pytest.param(
        "em500-smtc",
        milesight.encode("em500-smtc", temperature=-0.1),
        {"temperature": -0.1},
        id="a temperature whose bytes also mean a failed sensor is kept",
    ),
    pytest.param(
        "elsys",
        elsys.encode({"temperature": -12.3, "pressure": 1013.25}),
        {"temperature": -12.3, "pressure": 1013.25},
        id="Elsys",
    ),
    pytest.param(
        "cayenne-lpp",
        cayenne_lpp.encode(
            [(1, "temperature", -5.5), (4, "analog_input", 3.21), (5, "analog_input", 400)]
        ),
        {"temperature.1": -5.5, "analog_input.4": 3.21, "analog_input.5": 327.67},
        id="Cayenne LPP: what does not fit is cut to the type's range",
    ),
]


@pytest.mark.parametrize(("codec", "frame", "expected"), ROUND_TRIPS)
def test_what_a_simulator_writes_is_read_back(
    codec: str, frame: bytes, expected: dict[str, float]
) -> None:
    assert values(codec, frame) == expected


PROBLEMS = [
    ("volc2180", "58", "truncated"),
    ("volc2180", "99", "unknown_tag"),
    ("volc2180", "", "empty"),
    ("em500-smtc", "0175", "truncated"),
    ("em500-smtc", "0175 5C 09", "truncated"),
    ("em500-smtc", "01755C EEEE00", "unknown_tag"),
    ("emu-professional", "B4D77B61 01B4D77B61 0312070000 38", "bad_checksum"),
    ("elsys", "0100460299", "truncated"),
    ("elsys", "010046 FE", "unknown_tag"),
    ("cayenne-lpp", "0367", "truncated"),
    ("cayenne-lpp", "03670110 05FF00FF", "unknown_tag"),
    ("uc511", "00" * 256, "too_long"),
]


@pytest.mark.parametrize(("codec", "frame", "problem"), PROBLEMS)
def test_a_frame_that_cannot_be_read_says_why(codec: str, frame: str, problem: str) -> None:
    found = decode(codec, bytes.fromhex(frame))
    if problem == "truncated" and codec == "elsys":
        assert found.problems == {}  # 02 takes the last byte: nothing is missing
    else:
        assert found.problems == {0: problem}


def test_what_comes_before_an_unknown_tag_is_kept() -> None:
    assert values("em500-smtc", "01755C EEEE00") == {"battery": 92}
    assert values("cayenne-lpp", "03670110 05FF00FF") == {"temperature.3": 27.2}


@pytest.mark.parametrize("answer", ["05", "11", "3F0010", "6A0102"])
def test_answers_of_a_lamp_controller_to_its_configuration_are_no_problem(answer: str) -> None:
    found = decode("volc2180", bytes.fromhex(answer))
    assert (found.parts, found.problems) == ([], {})


def test_an_elsys_settings_frame_is_no_measurement_and_no_problem() -> None:
    settings = "3e4b0701080509010a010b050d000c0513000002021400000258"
    found = decode("elsys", bytes.fromhex(settings))
    assert (found.parts, found.problems) == ([], {})


def test_a_failed_unsigned_sensor_gives_no_value() -> None:
    assert values("em500-smtc", "057FFFFF 04CAFDFF") == {}


def test_the_emu_sums_its_tariffs_and_prefers_its_widest_registers() -> None:
    body = bytes.fromhex("00105E5F") + b"\x03\x01\x00\x00\x00"  # 1 Wh in 32 bits
    body += b"\x24" + (5_000_000_000_000).to_bytes(8, "little")  # beyond 32 bits
    body += b"\x25" + (1_000).to_bytes(8, "little")
    frame = body + bytes([emu_professional.checksum(body)])
    assert values("emu-professional", frame) == {"active_import": 5_000_000_001.0}


def test_history_carries_its_own_times() -> None:
    frame = bytes.fromhex("20CE 00F15365 2C01")  # 2023-11-14T22:13:20Z, 300 cm
    [part] = decode("em500-swl", frame).parts
    assert part.history
    assert part.times is not None
    assert (part.times.tolist(), part.values.tolist()) == ([1_700_000_000_000_000], [3.0])


def test_an_ambiguous_temperature_is_flagged() -> None:
    [part] = decode("em500-smtc", bytes.fromhex("0367FFFF"), bytes.fromhex("0367FEFF")).parts
    assert part.quality is not None
    assert part.values.tolist() == [-0.1, -0.2]
    assert part.quality.tolist() == [8, 0]


def test_a_repeated_external_temperature_becomes_channels() -> None:
    assert values("elsys", "1900C8 1900D2") == {
        "external_temperature_2": 20.0,
        "external_temperature_2.1": 21.0,
    }


def test_a_valve_order_reads_as_the_device_reads_it() -> None:
    published = bytes.fromhex("FF1DA00158020000000000")
    assert milesight.encode_valve(is_open=True, duration_s=600, sequence=1) == published
    assert milesight.decode_command(published) == (0, True, 600, 1)
    closing = milesight.encode_valve(is_open=False, valve=1, sequence=300)
    assert milesight.decode_command(closing) == (1, False, 0, 300 & 0xFF)
    assert milesight.decode_command(b"\x08\x01\x01") is None


@pytest.mark.parametrize("duration", [0, -1, 1 << 24])
def test_an_opening_without_an_end_is_never_written(duration: int) -> None:
    with pytest.raises(ValueError, match="an opening lasts"):
        milesight.encode_valve(is_open=True, duration_s=duration)


def test_lamp_orders_read_back() -> None:
    assert volc2180.decode_command(volc2180.encode_dim(40)) == {"dim": 40.0}
    assert volc2180.decode_command(volc2180.encode_switch(on=False)) == {"switch": 0.0}
    assert volc2180.decode_command(b"\x58\x00") is None
    assert milesight.encode_switch(on=True) == bytes.fromhex("080101")
