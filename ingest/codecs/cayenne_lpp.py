"""Cayenne LPP: a sequence of channel, type, value, big-endian, without lengths.

An unknown type therefore ends the reading; what came before it holds. Fields are named as in the
table below, in the units beside them; the channel is the payload's own.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.codecs.readings import Readings
from ingest.codecs.shapes import Item, Layout, big_endian, by_shape

VERSION: Final = "1"


class Kind(NamedTuple):
    """How one type is written: its values of ``size`` bytes; ``per`` counts make one unit."""

    size: int
    per: float
    signed: bool
    fields: tuple[str, ...]


KINDS: Final = {
    0: Kind(1, 1, False, ("digital_input",)),
    1: Kind(1, 1, False, ("digital_output",)),
    2: Kind(2, 100, True, ("analog_input",)),
    3: Kind(2, 100, True, ("analog_output",)),
    100: Kind(4, 1, False, ("generic",)),
    101: Kind(2, 1, False, ("illuminance",)),  # lx
    102: Kind(1, 1, False, ("presence",)),
    103: Kind(2, 10, True, ("temperature",)),  # °C
    104: Kind(1, 2, False, ("humidity",)),  # %
    113: Kind(2, 1000, True, ("acceleration_x", "acceleration_y", "acceleration_z")),  # g
    115: Kind(2, 10, False, ("barometer",)),  # hPa
    116: Kind(2, 100, False, ("voltage",)),  # V
    117: Kind(2, 1000, False, ("current",)),  # A
    118: Kind(4, 1, False, ("frequency",)),  # Hz
    120: Kind(1, 1, False, ("percentage",)),
    121: Kind(2, 1, True, ("altitude",)),  # m
    125: Kind(2, 1, False, ("concentration",)),  # ppm
    128: Kind(2, 1, False, ("power",)),  # W
    130: Kind(4, 1000, False, ("distance",)),  # m
    131: Kind(4, 1000, False, ("energy",)),  # kWh
    132: Kind(2, 1, False, ("direction",)),  # °
    133: Kind(4, 1, False, ("unix_time",)),  # s
    134: Kind(2, 100, True, ("rotation_x", "rotation_y", "rotation_z")),  # °/s
    135: Kind(1, 1, False, ("red", "green", "blue")),
    136: Kind(3, 1, True, ("latitude", "longitude", "altitude")),  # °, °, m: below
    142: Kind(1, 1, False, ("switch",)),
}
_POSITION: Final = 136
_POSITION_PER: Final = (10_000, 10_000, 100)


def decode(payloads: Sequence[bytes], f_ports: NDArray[np.int16]) -> Readings:  # noqa: ARG001 - any port
    """Read every value up to the first unknown type."""
    readings = Readings()
    for layout, rows, data in by_shape(payloads, _walk, readings):
        for tag, start, _ in layout.items:
            channel, kind = tag >> 8, KINDS[tag & 0xFF]
            for number, name in enumerate(kind.fields):
                raw = big_endian(data, start + number * kind.size, kind.size, signed=kind.signed)
                readings.add(name, rows, raw / _per(tag & 0xFF, number), channel=channel)
    return readings


def _per(code: int, number: int) -> float:
    return _POSITION_PER[number] if code == _POSITION else KINDS[code].per


def _walk(payload: bytes) -> Layout:
    items: list[Item] = []
    marks: list[int] = []
    at = 0
    while at < len(payload):
        marks += range(at, min(at + 2, len(payload)))
        if at + 2 > len(payload):
            return Layout(tuple(items), tuple(marks), "truncated")
        kind = KINDS.get(payload[at + 1])
        if kind is None:
            return Layout(tuple(items), tuple(marks), "unknown_tag")
        size = kind.size * len(kind.fields)
        if at + 2 + size > len(payload):
            return Layout(tuple(items), tuple(marks), "truncated")
        items.append(Item(payload[at] << 8 | payload[at + 1], at + 2, size))
        at += 2 + size
    return Layout(tuple(items), tuple(marks))


def encode(values: Iterable[tuple[int, str, float]]) -> bytes:
    """Write values in order.

    Parameters
    ----------
    values : iterable of (channel, field, value)
        Fields of one value only, e.g. ``(1, "temperature", 21.5)``, in the units above; a value
        outside the type's range is cut to it.
    """
    return b"".join(_encode_one(channel, name, value) for channel, name, value in values)


def _encode_one(channel: int, name: str, value: float) -> bytes:
    code = _CODES[name]
    kind = KINDS[code]
    bits = 8 * kind.size
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if kind.signed else (0, (1 << bits) - 1)
    raw = min(max(round(value * kind.per), low), high)
    return bytes([channel, code]) + raw.to_bytes(kind.size, "big", signed=kind.signed)


_CODES: Final = {kind.fields[0]: code for code, kind in KINDS.items() if len(kind.fields) == 1}
