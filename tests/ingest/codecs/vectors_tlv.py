"""Lamps, probes and meters that write tag and value: published vectors, and their own encoders."""

import pytest

from ingest.codecs import cayenne_lpp, elsys, emu_professional, milesight, volc2180

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

READ = [*PUBLISHED, *ROUND_TRIPS]

PROBLEMS = [
    ("volc2180", "58", "truncated"),
    ("volc2180", "99", "unknown_tag"),
    ("volc2180", "", "empty"),
    ("em500-smtc", "0175", "truncated"),
    ("em500-smtc", "0175 5C 09", "truncated"),
    ("em500-smtc", "01755C EEEE00", "unknown_tag"),
    ("emu-professional", "B4D77B61 01B4D77B61 0312070000 38", "bad_checksum"),
    ("elsys", "0100460299", ""),  # 02 takes the last byte: nothing is missing
    ("elsys", "010046 FE", "unknown_tag"),
    ("cayenne-lpp", "0367", "truncated"),
    ("cayenne-lpp", "03670110 05FF00FF", "unknown_tag"),
    ("uc511", "00" * 256, "too_long"),
]
