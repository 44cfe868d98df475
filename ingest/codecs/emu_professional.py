"""EMU Professional II three-phase meter: u32 unix time, registers, CRC-8; little-endian.

Fields, channel 0 the sum and 1–3 the phases: ``active_import``, ``active_export`` kWh and
``reactive_import``, ``reactive_export`` kvarh (each the sum of the tariffs present) · ``power`` W
· ``current`` A (channel 4: neutral) · ``voltage`` V · ``power_factor`` 1 · ``frequency`` Hz ·
``mean_power`` W · ``supply_present`` 1 (0 while the meter reports a power failure) ·
``faults`` (bits: 0 time, 1 CT, 2 VT, 3 pulse width, 4 pulse ratio, 5 power fail, 7 log full).
Every reading carries the telegram's own time. A frame whose checksum is wrong is not read.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.codecs.readings import Bytes, Readings, Rows
from ingest.codecs.shapes import Item, Layout, by_shape, little_endian

VERSION: Final = "1"

_ENERGIES: Final = ("active_import", "active_export", "reactive_import", "reactive_export")
_FOUR: Final = 4
_SIZES: Final = (
    dict.fromkeys((0x00, 0x01, 0x02), 4)
    | dict.fromkeys(range(0x03, 0x17), 4)
    | dict.fromkeys((0x17, 0x18, 0x19), 1)
    | {0x1A: 2, 0x1B: 4}
    | dict.fromkeys(range(0x1C, 0x24), 4)
    | dict.fromkeys(range(0x24, 0x2C), 8)
    | {0xF0: 1, 0xF1: 4, 0xF2: 4, 0xF7: 1}
    | dict.fromkeys(range(0xF3, 0xF7), 2)
    | dict.fromkeys(range(0xF8, 0xFE), 4)
    | {0xFE: 4}
)
# register → field, channel, counts to the unit
_SIMPLE: Final = (
    {0x0B + i: ("power", i, 1) for i in range(4)}
    | {0x0F + i: ("current", i, 1000) for i in range(5)}
    | {0x14 + i: ("voltage", i + 1, 10) for i in range(3)}
    | {0x17 + i: ("power_factor", i + 1, 100) for i in range(3)}
    | {0x1A: ("frequency", 0, 10), 0x1B: ("mean_power", 0, 1)}
)
# the same eight indices in Wh (u32), kWh (u32) and Wh (u64): first register, counts to the kWh
_INDEX_BLOCKS: Final = ((0x03, 1000), (0x1C, 1), (0x24, 1000))
_FAULTS, _POWER_FAIL = 0xF0, 5


def decode(payloads: Sequence[bytes], f_ports: NDArray[np.int16]) -> Readings:  # noqa: ARG001 - any port
    """Read the telegrams whose checksum is right."""
    readings = Readings()
    for layout, found, matrix in by_shape(payloads, _walk, readings):
        rows, data = _sound(found, matrix, readings)
        if not len(rows) or not layout.items:
            continue
        times = little_endian(data, 0, 4) * 1_000_000
        _indices(readings, layout, rows, data, times)
        for tag, start, size in layout.items:
            if tag in _SIMPLE:
                name, channel, per = _SIMPLE[tag]
                raw = little_endian(data, start, size, signed=True)
                readings.add(name, rows, raw / per, channel=channel, times=times)
            elif tag == _FAULTS:
                faults = data[:, start]
                present = 1 - ((faults >> _POWER_FAIL) & 1)
                readings.add("supply_present", rows, present.astype(np.int64), times=times)
                readings.add("faults", rows, faults.astype(np.int64), times=times)
    return readings


def _indices(
    readings: Readings, layout: Layout, rows: Rows, data: Bytes, times: NDArray[np.int64]
) -> None:
    """Add the energy indices: the tariffs of a telegram summed, the widest registers first."""
    starts = {item.tag: item.start for item in layout.items}
    for number, name in enumerate(_ENERGIES):
        for first, per in reversed(_INDEX_BLOCKS):
            tariffs = [first + 2 * number, first + 2 * number + 1]
            present = [tag for tag in tariffs if tag in starts]
            if present:
                total = sum(_index(data, starts[tag], _SIZES[tag]) for tag in present)
                readings.add(name, rows, np.asarray(total) / per, times=times)
                break


def _index(data: Bytes, start: int, size: int) -> NDArray[np.float64]:
    if size <= _FOUR:
        return little_endian(data, start, size).astype(np.float64)
    words = np.ascontiguousarray(data[:, start : start + size]).view("<u8")
    return words[:, 0].astype(np.float64)


def _sound(rows: Rows, data: Bytes, readings: Readings) -> tuple[Rows, Bytes]:
    """Keep the payloads whose last byte is the CRC-8 of the others."""
    register = np.zeros(len(rows), np.uint8)
    for column in range(data.shape[1] - 1):
        register = _CRC[register ^ data[:, column]]
    right = register == data[:, -1]
    short = data.shape[1] <= 2  # a status frame: no telegram, no checksum
    if not short:
        readings.fail(rows[~right], "bad_checksum")
    return (rows, data) if short else (rows[right], data[right])


def _walk(payload: bytes) -> Layout:
    if len(payload) <= 2:
        return Layout((), ())
    items: list[Item] = []
    marks: list[int] = []
    at, end = 4, len(payload) - 1
    while at < end:
        tag = payload[at]
        marks.append(at)
        size = _SIZES.get(tag)
        if size is None:
            return Layout(tuple(items), tuple(marks), "unknown_tag")
        if at + 1 + size > end:
            return Layout(tuple(items), tuple(marks), "truncated")
        items.append(Item(tag, at + 1, size))
        at += 1 + size
    return Layout(tuple(items), tuple(marks), "" if at == end else "truncated")


def _crc_table() -> NDArray[np.uint8]:
    table = np.arange(256)
    for _ in range(8):
        table = np.where(table & 0x80, (table << 1) ^ 0x07, table << 1) & 0xFF
    return table.astype(np.uint8)


_CRC: Final = _crc_table()


def encode_telegram(
    unix_time: int,
    *,
    active_import: float | None = None,
    power: Sequence[float] = (),
    current: Sequence[float] = (),
    voltage: Sequence[float] = (),
    power_factor: Sequence[float] = (),
    frequency: float | None = None,
    supply_present: bool | None = None,
) -> bytes:
    """Write one telegram.

    Parameters
    ----------
    unix_time : int
        The meter's clock. [s]
    active_import : float, optional
        Index. [kWh]
    power, current : sequence of up to 4 and 5 floats
        Sum, phases 1–3, and the neutral's current. [W, A]
    voltage, power_factor : sequence of up to 3 floats
        Phases 1–3. [V, 1]
    frequency : float, optional
        [Hz]
    supply_present : bool, optional
        False while the power fails.
    """
    body = (unix_time & 0xFFFFFFFF).to_bytes(4, "little")
    if active_import is not None:
        body += _register(0x24, round(active_import * 1000))
    for first, values, per in (
        (0x0B, power, 1),
        (0x0F, current, 1000),
        (0x14, voltage, 10),
        (0x17, power_factor, 100),
    ):
        for number, value in enumerate(values):
            body += _register(first + number, round(value * per))
    if frequency is not None:
        body += _register(0x1A, round(frequency * 10))
    if supply_present is not None:
        body += _register(_FAULTS, 0 if supply_present else 1 << _POWER_FAIL)
    return body + bytes([checksum(body)])


def _register(tag: int, value: int) -> bytes:
    size = _SIZES[tag]
    return bytes([tag]) + (value % (1 << 8 * size)).to_bytes(size, "little")


def checksum(body: bytes) -> int:
    """CRC-8, polynomial 07, start 0."""
    register = 0
    for byte in body:
        register = int(_CRC[register ^ byte])
    return register
