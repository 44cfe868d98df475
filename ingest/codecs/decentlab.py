"""Decentlab: version 2, device number, flags, then the sensors' 16-bit words; big-endian.

Models and fields (all have ``battery_voltage`` V):

- ``dl-smtp`` soil profile, channels 0–7 from the top: ``moisture_index`` 1 (0 dry, 1 wet,
  below 0 in air), ``temperature`` °C
- ``dl-trs12``: ``moisture`` m³/m³ (mineral soil), ``temperature`` °C, ``conductivity`` µS/cm
- ``dl-trs21``: ``water_potential`` kPa (negative), ``temperature`` °C
- ``dl-pr21``, ``dl-pr26``, ``dl-pr36`` pressure and level: ``pressure`` bar, ``temperature`` °C; of
  the first two also ``span`` 1, the part of the probe's own range. The range differs by probe (its
  label says it): ``pressure`` holds for −1…10 bar, 0…1 bar, and 8192 counts to the bar.
- ``dl-mbx`` ultrasonic: ``distance`` m, ``valid_samples``
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.codecs.readings import Readings
from ingest.codecs.shapes import Item, Layout, big_endian, by_shape

VERSION: Final = "1"

Words = NDArray[np.int64]
Figures = NDArray[np.floating[Any]]
_PROTOCOL: Final = 2
_HEAD: Final = 5


class Value(NamedTuple):
    """What becomes of one word of a sensor's block."""

    field: str
    word: int
    convert: Callable[[Words], Figures]
    channel: int = 0


def _scaled(words: Words, offset: float, per: float) -> Figures:
    return (words - offset) / per


def _ranged(words: Words, low: float, high: float) -> Figures:
    return (words - 16_384) / 32_768 * (high - low) + low


def _pressure(low: float, high: float) -> tuple[Value, ...]:
    return (
        Value("pressure", 0, partial(_ranged, low=low, high=high)),
        Value("span", 0, partial(_ranged, low=0, high=1)),
        Value("temperature", 1, lambda x: (x - 384) * 0.003125 - 50),
    )


_TENTHS: Final = partial(_scaled, offset=32_768, per=10)
_BLOCKS: Final[dict[str, tuple[int, tuple[Value, ...]]]] = {
    "dl-smtp": (
        16,
        tuple(
            value
            for depth in range(8)
            for value in (
                Value("moisture_index", 2 * depth, partial(_scaled, offset=2500, per=500), depth),
                Value(
                    "temperature", 2 * depth + 1, partial(_scaled, offset=32_768, per=100), depth
                ),
            )
        ),
    ),
    "dl-trs12": (
        3,
        (
            Value("moisture", 0, lambda x: x / 10 * 0.000_387_9 - 0.695_6),
            Value("temperature", 1, _TENTHS),
            Value("conductivity", 2, partial(_scaled, offset=0, per=1)),
        ),
    ),
    "dl-trs21": (
        2,
        (
            Value("water_potential", 0, partial(_scaled, offset=0, per=-10)),
            Value("temperature", 1, _TENTHS),
        ),
    ),
    "dl-pr21": (2, _pressure(-1, 10)),
    "dl-pr26": (2, _pressure(0, 1)),
    "dl-pr36": (
        2,
        (
            Value("pressure", 0, partial(_scaled, offset=32_768, per=8192)),
            Value("temperature", 1, partial(_scaled, offset=32_768, per=256)),
        ),
    ),
    "dl-mbx": (
        2,
        (
            Value("distance", 0, partial(_scaled, offset=0, per=1000)),
            Value("valid_samples", 1, partial(_scaled, offset=0, per=1)),
        ),
    ),
}
MODELS: Final = tuple(_BLOCKS)
_BATTERY: Final = (Value("battery_voltage", 0, partial(_scaled, offset=0, per=1000)),)


def decode(payloads: Sequence[bytes], f_ports: NDArray[np.int16], *, model: str) -> Readings:  # noqa: ARG001 - any port
    """Read the blocks that the flags announce."""
    readings = Readings()
    words, values = _BLOCKS[model]
    blocks = ((words, values), (1, _BATTERY))
    for layout, rows, data in by_shape(payloads, partial(_walk, blocks), readings):
        for number, start, _ in layout.items:
            for value in blocks[number][1]:
                raw = big_endian(data, start + 2 * value.word, 2)
                readings.add(value.field, rows, value.convert(raw), channel=value.channel)
    return readings


def _walk(blocks: tuple[tuple[int, tuple[Value, ...]], ...], payload: bytes) -> Layout:
    if len(payload) < _HEAD:
        return Layout((), (), "truncated")
    marks = (0, 3, 4)
    if payload[0] != _PROTOCOL:
        return Layout((), marks, "unknown_tag")
    flags = int.from_bytes(payload[3:5], "big")
    items: list[Item] = []
    at = _HEAD
    for number, (words, _) in enumerate(blocks):
        if flags >> number & 1:
            if at + 2 * words > len(payload):
                return Layout(tuple(items), marks, "truncated")
            items.append(Item(number, at, 2 * words))
            at += 2 * words
    unknown = flags >> len(blocks) or at != len(payload)
    return Layout(tuple(items), marks, "unknown_tag" if unknown else "")
