"""Readings of a codec in a form that a table of expectations can be compared with."""

from collections.abc import Sequence

import numpy as np

from ingest.codecs import CODECS, Readings, dragino, netvox, tektelic

_PORTS = {"netvox-r718n": netvox.F_PORT, "tektelic-agriculture": tektelic.F_PORT} | dict.fromkeys(
    dragino.MODELS, dragino.F_PORT
)


def decode(codec: str, *payloads: bytes, f_port: int | None = None) -> Readings:
    """Decode payloads, by default of the port on which the device sends its readings."""
    port = _PORTS.get(codec, 1) if f_port is None else f_port
    return CODECS[codec].decode(payloads, np.full(len(payloads), port, np.int16))


def values(codec: str, frame: str | bytes) -> dict[str, float]:
    """Decode one frame; a channel other than 0 is written after the field: ``power.2``."""
    payload = bytes.fromhex(frame) if isinstance(frame, str) else frame
    found = decode(codec, payload)
    return by_name(found, 0)


def by_name(found: Readings, row: int) -> dict[str, float]:
    return all_by_name(found, row + 1)[row]


def all_by_name(found: Readings, count: int) -> list[dict[str, float]]:
    """Readings of the first payloads, by name."""
    named: list[dict[str, float]] = [{} for _ in range(count)]
    for part in found.parts:
        name = f"{part.field}.{part.channel}" if part.channel else part.field
        for row, value in zip(part.rows.tolist(), part.values.tolist(), strict=True):
            if row < count:
                named[row][name] = round(value, 9)
    return named


def listed(found: Readings, count: int) -> Sequence[tuple[dict[str, float], str]]:
    named = all_by_name(found, count)
    return [(named[row], found.problems.get(row, "")) for row in range(count)]
