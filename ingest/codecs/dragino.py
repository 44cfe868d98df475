"""Dragino soil and distance sensors: fixed layouts, big-endian, port 2.

Models and fields (all have ``battery_voltage`` V):

- ``lse01`` soil: ``external_temperature`` °C (probe DS18B20), ``moisture`` %, ``temperature`` °C,
  ``conductivity`` µS/cm
- ``lse01-v1.2.1``, the firmware from 1.2.1 on: the same, or in its raw mode ``dielectric`` 1,
  ``moisture_raw``, ``conductivity_raw``
- ``ldds75``, ``ldds20`` distance: ``distance`` m
- ``ldds45``, and the others from firmware 1.1.4 on: ``distance`` m, ``interrupt`` 1,
  ``external_temperature`` °C

Frames on other ports are the device's configuration: kept raw. A distance that means "no sensor" or
"no echo" is no value. Differs from the vendor's published decoder where that one is wrong: soil
temperatures below 0, and LDDS75's battery.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.codecs.readings import Bytes, Readings, Rows
from ingest.codecs.shapes import Item, Layout, big_endian, by_shape

VERSION: Final = "1"
F_PORT: Final = 2

_MILLIVOLTS: Final = 0x3FFF
_RAW_MODE: Final = 7
_LSE01: Final = 11
_NEAREST_MM: Final = 20
_NO_ECHO: Final = (0, 20)  # no sensor, no valid reading


def decode(payloads: Sequence[bytes], f_ports: NDArray[np.int16], *, model: str) -> Readings:
    """Read the frames of port 2."""
    readings = Readings()
    mine = np.flatnonzero(f_ports == F_PORT)
    read = MODELS[model]
    for _, rows, data in by_shape(payloads, _walk, readings, among=mine):
        if data.shape[1] >= 2:
            battery = (big_endian(data, 0, 2) & _MILLIVOLTS) / 1000
            readings.add("battery_voltage", rows, battery)
            read(readings, rows, data)
    return readings


def _walk(payload: bytes) -> Layout:
    if len(payload) < 2:
        return Layout((), (), "truncated")
    return Layout((Item(0, 0, len(payload)),), ())


def _soil(readings: Readings, rows: Rows, data: Bytes, *, has_raw_mode: bool) -> None:
    if data.shape[1] != _LSE01:
        readings.fail(rows, "truncated" if data.shape[1] < _LSE01 else "unknown_tag")
        return
    add = readings.add
    add("external_temperature", rows, big_endian(data, 2, 2, signed=True) / 10)
    raw = (data[:, 10] >> _RAW_MODE).astype(bool) & has_raw_mode
    first, second, third = (big_endian(data, start, 2) for start in (4, 6, 8))
    add("moisture", rows[~raw], first[~raw] / 100)
    soil = big_endian(data, 6, 2, signed=True)
    add("temperature", rows[~raw], soil[~raw] / 100)
    add("conductivity", rows[~raw], third[~raw])
    add("dielectric", rows[raw], first[raw] / 10)
    add("moisture_raw", rows[raw], second[raw])
    add("conductivity_raw", rows[raw], third[raw])


def _distance(readings: Readings, rows: Rows, data: Bytes, *, length: int, probe: bool) -> None:
    if data.shape[1] != length:
        return  # no sensor at this board
    millimetres = big_endian(data, 2, 2)
    heard = ~np.isin(millimetres, _NO_ECHO) if probe else millimetres >= _NEAREST_MM
    readings.add("distance", rows[heard], millimetres[heard] / 1000)
    if probe:
        readings.add("interrupt", rows, data[:, 4].astype(np.int64))
        celsius = big_endian(data, 5, 2, signed=True) / 10
        readings.add("external_temperature", rows, celsius)


MODELS: Final[dict[str, Callable[[Readings, Rows, Bytes], None]]] = {
    "lse01": partial(_soil, has_raw_mode=False),
    "lse01-v1.2.1": partial(_soil, has_raw_mode=True),
    "ldds75": partial(_distance, length=8, probe=False),
    "ldds20": partial(_distance, length=5, probe=False),
    "ldds45": partial(_distance, length=8, probe=True),
}
