"""Tektelic agriculture sensor: channel, type, value, big-endian, port 10.

Fields: ``battery_voltage`` V · ``end_of_service`` 1 · ``moisture_frequency`` Hz ·
``watermark_frequency`` Hz and ``soil_water_tension`` kPa, channels 0 and 1 ·
``thermistor_voltage`` V, channels 0 to 2 · ``illuminance`` lx · ``light_alarm`` 1 ·
``acceleration_{x,y,z}`` g · ``orientation_alarm`` 1 · ``temperature``, ``device_temperature`` °C ·
``humidity`` %. Other ports are configuration: kept raw.
Differs from the vendor's published decoder where that one is wrong: its curve of the watermark
probe jumps at 2 820 Hz; here it is the straight lines between its own points.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.codecs.readings import Readings
from ingest.codecs.shapes import Item, Layout, big_endian, by_shape

VERSION: Final = "1"
F_PORT: Final = 10

_HERTZ: Final = (293, 485, 600, 770, 1110, 2820, 4330, 6430)
_KILOPASCALS: Final = (200, 100, 75, 55, 35, 15, 9, 0)


class Value(NamedTuple):
    """One number inside a tag; ``per`` counts make one unit."""

    name: str
    offset: int
    size: int
    per: float = 1
    signed: bool = False
    channel: int = 0


_BATTERY: Final = 0x00BA
_WATERMARKS: Final = {0x0504: 0, 0x0604: 1}
_TAGS: Final[dict[int, tuple[int, tuple[Value, ...]]]] = {
    _BATTERY: (1, ()),
    0x0104: (2, (Value("moisture_frequency", 0, 2),)),
    0x0202: (2, (Value("thermistor_voltage", 0, 2, 1000),)),
    0x0302: (2, (Value("thermistor_voltage", 0, 2, 1000, channel=1),)),
    0x0402: (2, (Value("thermistor_voltage", 0, 2, 1000, channel=2),)),
    0x0504: (2, (Value("watermark_frequency", 0, 2),)),
    0x0604: (2, (Value("watermark_frequency", 0, 2, channel=1),)),
    0x0965: (2, (Value("illuminance", 0, 2),)),
    0x0900: (1, (Value("light_alarm", 0, 1, 255),)),
    0x0A71: (
        6,
        tuple(Value(f"acceleration_{axis}", 2 * i, 2, 1000, True) for i, axis in enumerate("xyz")),
    ),
    0x0A00: (1, (Value("orientation_alarm", 0, 1, 255),)),
    0x0B67: (2, (Value("temperature", 0, 2, 10, True),)),
    0x0C67: (2, (Value("device_temperature", 0, 2, 10, True),)),
    0x0B68: (1, (Value("humidity", 0, 1, 2),)),
}


def decode(payloads: Sequence[bytes], f_ports: NDArray[np.int16]) -> Readings:
    """Read every value of the frames of port 10, up to the first unknown one."""
    readings = Readings()
    mine = np.flatnonzero(f_ports == F_PORT)
    for layout, rows, data in by_shape(payloads, _walk, readings, among=mine):
        for tag, start, _ in layout.items:
            if tag == _BATTERY:
                state = data[:, start]
                readings.add("battery_voltage", rows, (state & 0x7F) / 100 + 2.5)
                readings.add("end_of_service", rows, (state >> 7).astype(np.int64))
            for value in _TAGS[tag][1]:
                raw = big_endian(data, start + value.offset, value.size, signed=value.signed)
                readings.add(value.name, rows, raw / value.per, channel=value.channel)
            if tag in _WATERMARKS:
                tension = tension_of(big_endian(data, start, 2))
                readings.add("soil_water_tension", rows, tension, channel=_WATERMARKS[tag])
    return readings


def tension_of(frequency: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the tension of soil water that a watermark probe's frequency means. [Hz → kPa]"""
    return np.interp(frequency, _HERTZ, _KILOPASCALS)


def _walk(payload: bytes) -> Layout:
    items: list[Item] = []
    marks: list[int] = []
    at = 0
    while at < len(payload):
        marks += range(at, min(at + 2, len(payload)))
        if at + 2 > len(payload):
            return Layout(tuple(items), tuple(marks), "truncated")
        tag = payload[at] << 8 | payload[at + 1]
        if tag not in _TAGS:
            return Layout(tuple(items), tuple(marks), "unknown_tag")
        size = _TAGS[tag][0]
        if at + 2 + size > len(payload):
            return Layout(tuple(items), tuple(marks), "truncated")
        items.append(Item(tag, at + 2, size))
        at += 2 + size
    return Layout(tuple(items), tuple(marks))
