"""Elsys ERS, ELT, EMS: one-byte tags, big-endian values.

Fields: ``temperature``, ``external_temperature``, ``external_temperature_2``, ``infrared_inside``,
``infrared_outside`` °C · ``humidity`` % · ``acceleration_{x,y,z}`` g (63 counts to 1 g) ·
``illuminance`` lx · ``motion`` 1 · ``co2`` ppm · ``battery`` V · ``analog_{1,2}`` V ·
``latitude``, ``longitude`` ° · ``pulse_{1,2}`` since the last frame · ``pulse_total_{1,2}`` ·
``digital_{1,2}`` · ``distance`` m · ``acceleration_count`` · ``occupancy`` · ``leak`` ·
``pressure`` hPa · ``sound_peak``, ``sound_mean`` dB · ``analog`` V · ``tvoc`` ppb.
A repeated external temperature takes the channels 0, 1, 2…
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.codecs.readings import Bytes, Readings
from ingest.codecs.shapes import Item, Layout, big_endian, by_shape, little_endian

VERSION: Final = "1"


class Value(NamedTuple):
    """One number inside a tag's bytes; ``per`` counts make one unit."""

    name: str
    offset: int
    size: int
    per: float = 1
    signed: bool = False
    little: bool = False


_TAGS: Final[dict[int, tuple[int, tuple[Value, ...]]]] = {
    0x01: (2, (Value("temperature", 0, 2, 10, signed=True),)),
    0x02: (1, (Value("humidity", 0, 1),)),
    0x03: (
        3,
        tuple(Value(f"acceleration_{axis}", i, 1, 63, True) for i, axis in enumerate("xyz")),
    ),
    0x04: (2, (Value("illuminance", 0, 2),)),
    0x05: (1, (Value("motion", 0, 1),)),
    0x06: (2, (Value("co2", 0, 2),)),
    0x07: (2, (Value("battery", 0, 2, 1000),)),
    0x08: (2, (Value("analog_1", 0, 2, 1000),)),
    0x09: (
        6,
        (
            Value("latitude", 0, 3, 10_000, signed=True, little=True),
            Value("longitude", 3, 3, 10_000, signed=True, little=True),
        ),
    ),
    0x0A: (2, (Value("pulse_1", 0, 2),)),
    0x0B: (4, (Value("pulse_total_1", 0, 4),)),
    0x0C: (2, (Value("external_temperature", 0, 2, 10, signed=True),)),
    0x0D: (1, (Value("digital_1", 0, 1),)),
    0x0E: (2, (Value("distance", 0, 2, 1000),)),
    0x0F: (1, (Value("acceleration_count", 0, 1),)),
    0x10: (
        4,
        (
            Value("infrared_inside", 0, 2, 10, signed=True),
            Value("infrared_outside", 2, 2, 10, signed=True),
        ),
    ),
    0x11: (1, (Value("occupancy", 0, 1),)),
    0x12: (1, (Value("leak", 0, 1),)),
    0x13: (65, ()),  # thermal grid: kept raw
    0x14: (4, (Value("pressure", 0, 4, 1000),)),
    0x15: (2, (Value("sound_peak", 0, 1), Value("sound_mean", 1, 1))),
    0x16: (2, (Value("pulse_2", 0, 2),)),
    0x17: (4, (Value("pulse_total_2", 0, 4),)),
    0x18: (2, (Value("analog_2", 0, 2, 1000),)),
    0x19: (2, (Value("external_temperature_2", 0, 2, 10, signed=True),)),
    0x1A: (1, (Value("digital_2", 0, 1),)),
    0x1B: (4, (Value("analog", 0, 4, 1_000_000, signed=True),)),
    0x1C: (2, (Value("tvoc", 0, 2),)),
    0x3D: (4, ()),  # debug: kept raw
}
_SETTINGS: Final = 0x3E  # the rest of the frame is the device's configuration: kept raw


def decode(payloads: Sequence[bytes], f_ports: NDArray[np.int16]) -> Readings:  # noqa: ARG001 - any port
    """Read every tag up to the first unknown one."""
    readings = Readings()
    for layout, rows, data in by_shape(payloads, _walk, readings):
        seen: dict[int, int] = {}
        for tag, start, _ in layout.items:
            channel = seen[tag] = seen.get(tag, -1) + 1
            for value in _TAGS[tag][1]:
                readings.add(value.name, rows, _read(data, start, value), channel=channel)
    return readings


def _read(data: Bytes, start: int, value: Value) -> NDArray[np.number[Any]]:
    integers = little_endian if value.little else big_endian
    return integers(data, start + value.offset, value.size, signed=value.signed) / value.per


def _walk(payload: bytes) -> Layout:
    items: list[Item] = []
    marks: list[int] = []
    at = 0
    while at < len(payload):
        tag = payload[at]
        marks.append(at)
        if tag == _SETTINGS:
            break
        if tag not in _TAGS:
            return Layout(tuple(items), tuple(marks), "unknown_tag")
        size = _TAGS[tag][0]
        if at + 1 + size > len(payload):
            return Layout(tuple(items), tuple(marks), "truncated")
        items.append(Item(tag, at + 1, size))
        at += 1 + size
    return Layout(tuple(items), tuple(marks))


def encode(values: dict[str, float]) -> bytes:
    """Write one frame, e.g. ``encode({"temperature": 7.0, "humidity": 83})``.

    A tag is written when one of its fields is given; its others are 0.
    """
    frame = b""
    for tag, (size, fields) in _TAGS.items():
        if any(field.name in values for field in fields):
            data = bytearray(size)
            for field in fields:
                raw = round(values.get(field.name, 0) * field.per)
                order = "little" if field.little else "big"
                end = field.offset + field.size
                data[field.offset : end] = raw.to_bytes(
                    field.size,
                    order,  # type: ignore[arg-type] # a literal, chosen two lines above
                    signed=field.signed,
                )
            frame += bytes([tag]) + bytes(data)
    return frame
