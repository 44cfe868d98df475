"""STREGA smart valve and motorized valve: a sentence of ASCII digits and marks, then two figures.

Fields: ``battery_voltage`` V, ``battery`` % (both absent on external power) ·
``external_power`` 1 · ``valve_open``, ``tamper``, ``cable``, ``leak`` 1 · ``digital_input``
(channel 0, and 1 on the plain valve), ``fraud`` 1 (plain valve) · ``limit_open`` and
``limit_closed`` 1 (motorized) · ``temperature`` °C · ``humidity`` % · ``counter`` · ``analog`` V.
Frames that start with ``@``, and what follows ``@`` in others, answer orders: kept raw.
Differs from the vendor's published decoder where that one is wrong: 0 °C and a counter of 0 are
values, and the battery is not rounded.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.codecs.readings import Bytes, Readings, Rows
from ingest.codecs.shapes import Item, Layout, big_endian, by_shape

VERSION: Final = "1"
MODELS: Final = {
    "strega": ("valve_open", "tamper", "cable", "digital_input", "digital_input", "leak", "fraud"),
    "strega-motorized": (
        "valve_open",
        "tamper",
        "cable",
        "digital_input",
        "limit_open",
        "leak",
        "limit_closed",
    ),
}
"""What the bits of the status mean, from the lowest."""

_CLIMATE, _COUNTER, _ANALOG, _ANSWER = b"#CV@"
_SIZES: Final = {_CLIMATE: 4, _COUNTER: 6, _ANALOG: 4}
_HEAD: Final = 5
_DIGITS: Final = 0x3F
_EXTERNAL: Final = 0x40
_EMPTY_MV, _FULL_MV = 2000, 3600


def decode(payloads: Sequence[bytes], f_ports: NDArray[np.int16], *, model: str) -> Readings:  # noqa: ARG001 - any port
    """Read battery, status, and whatever follows them."""
    readings = Readings()
    for layout, rows, matrix in by_shape(payloads, _walk, readings):
        if not layout.items:
            continue
        _read_battery(readings, rows, matrix)
        _read_status(readings, rows, matrix[:, 4].astype(np.int64) - 0x30, MODELS[model])
        for tag, start, _ in layout.items[1:]:
            _READERS[tag](readings, rows, matrix[:, start : start + _SIZES[tag]])
    return readings


def _read_battery(readings: Readings, rows: Rows, data: Bytes) -> None:
    external = (data[:, 0] & _EXTERNAL) != 0
    readings.add("external_power", rows, external.astype(np.int64))
    digits = (data[:, :4] & [_DIGITS, 0xFF, 0xFF, 0xFF]).astype(np.int64) - ord("0")
    written = ((digits >= 0) & (digits <= 9)).all(axis=1)
    readings.fail(rows[~written & ~external], "malformed")
    told = written & ~external
    millivolts = digits[told] @ [1000, 100, 10, 1]
    percent = (millivolts - _EMPTY_MV) / (_FULL_MV - _EMPTY_MV) * 100
    readings.add("battery_voltage", rows[told], millivolts / 1000)
    readings.add("battery", rows[told], np.clip(percent, 0, 100))


def _read_status(
    readings: Readings, rows: Rows, status: NDArray[np.int64], names: tuple[str, ...]
) -> None:
    sound = (status >= 0) & (status < 1 << len(names))
    readings.fail(rows[~sound], "malformed")
    for bit, name in enumerate(names):
        channel = names[:bit].count(name)
        readings.add(name, rows[sound], (status[sound] >> bit) & 1, channel=channel)


def _read_climate(readings: Readings, rows: Rows, data: Bytes) -> None:
    readings.add("temperature", rows, big_endian(data, 0, 2) / 65_536 * 165 - 40)
    readings.add("humidity", rows, big_endian(data, 2, 2) / 65_536 * 100)


def _read_hex(readings: Readings, rows: Rows, data: Bytes, *, name: str, per: float) -> None:
    upper = np.where(data >= ord("a"), data & 0xDF, data).astype(np.int64)
    digits = np.where(upper >= ord("A"), upper - ord("A") + 10, upper - ord("0"))
    written = ((digits >= 0) & (digits <= 15)).all(axis=1)
    written &= ((upper <= ord("9")) | (upper >= ord("A"))).all(axis=1)
    readings.fail(rows[~written], "malformed")
    weights = 16 ** np.arange(data.shape[1] - 1, -1, -1)
    readings.add(name, rows[written], digits[written] @ weights / per)


_READERS: Final[dict[int, Callable[[Readings, Rows, Bytes], None]]] = {
    _CLIMATE: _read_climate,
    _COUNTER: partial(_read_hex, name="counter", per=1),
    _ANALOG: partial(_read_hex, name="analog", per=1000),
}


def _walk(payload: bytes) -> Layout:
    if payload[0] == _ANSWER:
        return Layout((), (0,))
    if len(payload) < _HEAD:
        return Layout((), (), "truncated")
    items = [Item(0, 0, _HEAD)]
    marks = [0]
    at = _HEAD
    while at < len(payload):
        marks.append(at)
        tag = payload[at]
        if tag == _ANSWER:
            break
        size = _SIZES.get(tag)
        if size is None:
            return Layout(tuple(items), tuple(marks), "unknown_tag")
        if at + 1 + size > len(payload):
            return Layout(tuple(items), tuple(marks), "truncated")
        items.append(Item(tag, at + 1, size))
        at += 1 + size
    return Layout(tuple(items), tuple(marks))


_SWITCH_PORT, _TIMED_PORT = 1, 2
_UNITS: Final = ((1, 0x20), (60, 0x40), (3600, 0x80))
_LONGEST: Final = 255


def encode_close() -> tuple[bytes, int]:
    """Write the order to close, and its port."""
    return b"0", _SWITCH_PORT


def encode_open(duration_s: int) -> tuple[bytes, int]:
    """Write the order to open for a time, and its port.

    Parameters
    ----------
    duration_s : int
        1 s to 255 h; what is not a whole number of minutes above 255 s, or of hours above 255 min,
        is cut, so that the valve never stays open longer than was asked. [s]
    """
    for unit, code in _UNITS:
        if 0 < duration_s // unit <= _LONGEST:
            return bytes([code | 1, duration_s // unit]), _TIMED_PORT
    raise ValueError(f"an opening lasts 1 s to 255 h, not {duration_s} s")


def decode_command(payload: bytes, f_port: int) -> tuple[bool, int] | None:
    """Read an order back: open, and for how long [s]; None for another payload."""
    if f_port == _SWITCH_PORT and payload == b"0":
        return False, 0
    if f_port == _TIMED_PORT and len(payload) == 2:
        for unit, code in _UNITS:
            if payload[0] & 0xE0 == code:
                return bool(payload[0] & 1), payload[1] * unit
    return None
