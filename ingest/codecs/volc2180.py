"""SLS VOLC2180 street-light controller: one opcode, then big-endian figures; any port.

Fields: ``dimming`` % · ``power`` W · ``energy`` kWh (wraps at 16 777.215) · ``power_factor`` 1 ·
``current`` A · ``voltage`` V · ``temperature`` °C (trap only; unit and sign inferred).
Uplinks ``58`` meter and ``00`` trap are read; the answers to configuration commands
(``05 07 11 14 27 29 37 39 3F 41 5E 6A``) are kept raw.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.codecs.readings import Readings
from ingest.codecs.shapes import Item, Layout, big_endian, by_shape

VERSION: Final = "1"

_METER, _TRAP = 0x58, 0x00
_SIZES: Final = {_METER: 15, _TRAP: 16}
_ANSWERS: Final = frozenset(bytes.fromhex("05 07 11 14 27 29 37 39 3F 41 5E 6A"))
_SET_LIGHT, _SET_BRIGHTNESS = 0x12, 0x15

F_PORT: Final = 1
"""Port of the commands; the device takes any."""


def decode(payloads: Sequence[bytes], f_ports: NDArray[np.int16]) -> Readings:  # noqa: ARG001 - any port
    """Read meter and trap frames."""
    readings = Readings()
    for layout, rows, data in by_shape(payloads, _walk, readings):
        if not layout.items:
            continue
        readings.add("dimming", rows, data[:, 1] / 2.5)
        readings.add("power", rows, big_endian(data, 2, 2))
        readings.add("energy", rows, big_endian(data, 4, 3) / 1000)
        readings.add("power_factor", rows, big_endian(data, 7, 2) / 1000)
        readings.add("current", rows, big_endian(data, 9, 2) / 1000)
        readings.add("voltage", rows, big_endian(data, 11, 4) / 1000)
        if layout.items[0].tag == _TRAP:
            readings.add("temperature", rows, big_endian(data, 15, 1))
    return readings


def _walk(payload: bytes) -> Layout:
    opcode = payload[0]
    if opcode in _ANSWERS:
        return Layout((), (0,))
    size = _SIZES.get(opcode)
    if size is None:
        return Layout((), (0,), "unknown_tag")
    if len(payload) < size:
        return Layout((), (0,), "truncated")
    return Layout((Item(opcode, 1, size - 1),), (0,))


def encode_meter(
    *,
    dimming: float,
    power: float,
    energy: float,
    power_factor: float,
    current: float,
    voltage: float,
) -> bytes:
    """Write a meter frame. [%, W, kWh, 1, A, V]"""
    return b"".join(
        (
            bytes([_METER]),
            _unsigned(dimming * 2.5, 1),
            _unsigned(power, 2),
            (round(energy * 1000) % (1 << 24)).to_bytes(3, "big"),
            _unsigned(power_factor * 1000, 2),
            _unsigned(current * 1000, 2),
            _unsigned(voltage * 1000, 4),
        )
    )


def encode_trap(*, temperature: float, **figures: float) -> bytes:
    """Write a trap: the figures of a meter frame sent at once, with the case's temperature. [°C]"""
    return bytes([_TRAP]) + encode_meter(**figures)[1:] + _unsigned(temperature, 1)


def _unsigned(value: float, size: int) -> bytes:
    return min(max(round(value), 0), (1 << 8 * size) - 1).to_bytes(size, "big")


def encode_dim(percent: float) -> bytes:
    """Write the order to light at a level; 0 is off. [%]"""
    return bytes([_SET_BRIGHTNESS]) + _unsigned(percent * 2.5, 1)


def encode_switch(*, on: bool) -> bytes:
    """Write the order to switch on, at the last level, or off."""
    return bytes([_SET_LIGHT, int(on)])


def decode_command(payload: bytes) -> dict[str, float] | None:
    """Read an order back, as the device does; None for another payload.

    Returns
    -------
    dict
        ``{"dim": percent}`` or ``{"switch": 0 or 1}``.
    """
    if len(payload) != 2:
        return None
    if payload[0] == _SET_BRIGHTNESS:
        return {"dim": payload[1] / 2.5}
    return {"switch": float(payload[1] != 0)} if payload[0] == _SET_LIGHT else None
