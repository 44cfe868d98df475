"""Each codec against its published vectors and its own encoder."""

import pytest

from ingest.codecs import emu_professional, milesight, volc2180
from tests.ingest.codecs.values import decode, values


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
