"""Netvox R718N1, R718N3, R718N360 current meters: eleven bytes, big-endian, port 6.

Fields: ``battery_voltage`` V · ``battery_low`` 1 · ``current`` A, channel 0 on one phase, 1 to 3 on
three · ``current_raw`` counts and ``multiplier`` 1, where the multiplier comes in another frame ·
``alarm_low``, ``alarm_high`` 1 by phase. A count is taken for 1 mA times the multiplier.
Port 7 is configuration: kept raw. Differs from the vendor's published decoder where that one is
wrong: 32-bit values are unsigned.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.codecs.readings import Bytes, Readings, Rows
from ingest.codecs.shapes import Item, Layout, big_endian, by_shape

VERSION: Final = "1"
F_PORT: Final = 6

_LENGTH: Final = 11
_LOW: Final = 0x80
_MULTIPLIERS: Final = np.array([1, 5, 10, 100])
_PHASES: Final = (0, 1, 2)


def decode(payloads: Sequence[bytes], f_ports: NDArray[np.int16]) -> Readings:
    """Read the reports of port 6."""
    readings = Readings()
    mine = np.flatnonzero(f_ports == F_PORT)
    for layout, rows, data in by_shape(payloads, _walk, readings, among=mine):
        for tag, _, _ in layout.items:
            _READERS[tag](readings, rows, data)
    return readings


def _walk(payload: bytes) -> Layout:
    if len(payload) < _LENGTH:
        return Layout((), (), "truncated")
    tag = payload[1] << 8 | payload[2]
    if payload[2] == 0:
        return Layout((), (1, 2))  # versions of the device
    if tag not in _READERS:
        return Layout((), (1, 2), "unknown_tag")
    return Layout((Item(tag, 3, len(payload) - 3),), (1, 2))


def _battery(readings: Readings, rows: Rows, data: Bytes) -> None:
    readings.add("battery_voltage", rows, (data[:, 3] & ~np.uint8(_LOW)) / 10)
    readings.add("battery_low", rows, (data[:, 3] >= _LOW).astype(np.int64))


def _one_phase(readings: Readings, rows: Rows, data: Bytes) -> None:
    _battery(readings, rows, data)
    readings.add("current", rows, big_endian(data, 4, 2) * data[:, 6] / 1000)


def _three_phases(readings: Readings, rows: Rows, data: Bytes) -> None:
    """Three counts, and the multiplier of the first: those of the others follow in type 2."""
    _battery(readings, rows, data)
    for phase in _PHASES:
        raw = big_endian(data, 4 + 2 * phase, 2)
        readings.add("current_raw", rows, raw, channel=phase + 1)
    readings.add("current", rows, big_endian(data, 4, 2) * data[:, 10] / 1000, channel=1)
    readings.add("multiplier", rows, data[:, 10].astype(np.int64), channel=1)


def _multipliers(readings: Readings, rows: Rows, data: Bytes) -> None:
    _battery(readings, rows, data)
    for phase in (1, 2):
        readings.add("multiplier", rows, data[:, 3 + phase].astype(np.int64), channel=phase + 1)


def _packed_phases(readings: Readings, rows: Rows, data: Bytes) -> None:
    _battery(readings, rows, data)
    for phase in _PHASES:
        multiplier = _MULTIPLIERS[(data[:, 10] >> (2 * phase)) & 3]
        current = big_endian(data, 4 + 2 * phase, 2) * multiplier / 1000
        readings.add("current", rows, current, channel=phase + 1)


def _alarms(readings: Readings, rows: Rows, data: Bytes) -> None:
    _battery(readings, rows, data)
    for phase in _PHASES:
        for bit, name in enumerate(("alarm_low", "alarm_high")):
            alarm = (data[:, 4] >> (2 * phase + bit)) & 1
            readings.add(name, rows, alarm.astype(np.int64), channel=phase + 1)


def _large_first(readings: Readings, rows: Rows, data: Bytes) -> None:
    _battery(readings, rows, data)
    readings.add("current", rows, big_endian(data, 4, 4) / 1000, channel=1)


def _large_others(readings: Readings, rows: Rows, data: Bytes) -> None:
    for phase, start in ((2, 3), (3, 7)):
        readings.add("current", rows, big_endian(data, start, 4) / 1000, channel=phase)


_READERS: Final[dict[int, Callable[[Readings, Rows, Bytes], None]]] = {
    0x4901: _one_phase,
    0x4A01: _three_phases,
    0x4A02: _multipliers,
    0x4A03: _packed_phases,
    0x4A04: _alarms,
    0xCA01: _large_first,
    0xCA02: _large_others,
}
