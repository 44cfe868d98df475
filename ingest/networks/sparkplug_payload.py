"""Sparkplug B payloads: Protobuf (proto2) metrics as Python values, and the request of a rebirth.

Numbers of ``sparkplug_b.proto``. Signed integers ride in unsigned fields as two's complement.
"""

import math
from typing import Any, Final

import msgspec

from ingest.networks import protobuf
from ingest.networks.protobuf import fields, signed, text

_DEEPEST: Final = 3
_SIGNED_BITS: Final = {1: 8, 2: 16, 3: 32, 4: 64}
_BOOLEAN: Final = 11
DATE_TIME: Final = 13
MOST_METRICS: Final = 20_000
"""Metrics of one message; a birth of a large node has some thousands."""


class Metric(msgspec.Struct, gc=False):
    """One metric of a message.

    Attributes
    ----------
    name : str
        Empty where only the alias is sent.
    alias : int or None
        Number that a birth gave to a name.
    at : int or None
        [ms since 1970 UTC]
    datatype : int
        0: not said.
    value : bool, int, float, str or None
        None: null, or of a kind that is no value (data sets, files).
    raw : int or None
        The unsigned integer as sent, for a type that is known later.
    unit : str
        Property ``engUnit``.
    """

    name: str = ""
    alias: int | None = None
    at: int | None = None
    datatype: int = 0
    historical: bool = False
    null: bool = False
    value: bool | int | float | str | None = None
    raw: int | None = None
    unit: str = ""

    def typed(self, datatype: int) -> bool | int | float | str | None:
        """Return the value as its birth's type says."""
        if self.null:
            return None
        if self.raw is None:
            return self.value
        bits = _SIGNED_BITS.get(datatype)
        if bits:
            return signed(self.raw, bits)
        return bool(self.raw) if datatype == _BOOLEAN else self.raw


class Payload(msgspec.Struct, gc=False):
    """One message: its instant, its place in the node's sequence, its metrics."""

    at: int | None = None
    seq: int | None = None
    metrics: list[Metric] = []


def read_payload(raw: bytes) -> Payload:
    """Read one message.

    Raises
    ------
    msgspec.DecodeError
        What is wrong with the bytes, and where.
    """
    payload = Payload()
    for number, wire, value in fields(raw):
        if number == 1:
            payload.at = _count(wire, value)
        elif number == 3:
            payload.seq = _count(wire, value)
        elif number == 2:
            protobuf.expect(wire, 2, "metrics")
            _take_metric(payload.metrics, value, "", 0)
    return payload


def _count(wire: int, value: Any) -> int:
    protobuf.expect(wire, 0, "number")
    return int(value)


def _take_metric(found: list[Metric], raw: bytes, prefix: str, depth: int) -> None:
    """Read a metric; a template's members follow it, named ``template/member``."""
    metric = Metric()
    template = b""
    for number, wire, value in fields(raw):
        if number in _PLAIN:
            wanted, take = _PLAIN[number]
            protobuf.expect(wire, wanted, "metric")
            take(metric, value)
        elif number == 9:
            protobuf.expect(wire, 2, "properties")
            metric.unit = _unit(value)
        elif number == 18:
            protobuf.expect(wire, 2, "template")
            template = value
    metric.name = f"{prefix}/{metric.name}" if prefix and metric.name else metric.name
    if len(found) >= MOST_METRICS:
        raise msgspec.DecodeError(f"more than {MOST_METRICS} metrics")
    found.append(metric)
    if template and depth < _DEEPEST:
        for member in protobuf.messages(template, 2):
            _take_metric(found, member, metric.name, depth + 1)


def _unit(raw: bytes) -> str:
    """Return the property ``engUnit`` of a property set: parallel lists of keys and values."""
    keys = [text(key) for key in protobuf.messages(raw, 1)]
    values = list(protobuf.messages(raw, 2))
    for key, value in zip(keys, values, strict=False):
        if key.lower() == "engunit":
            return next((text(found)[:16] for found in protobuf.messages(value, 8)), "")
    return ""


def _take_float(metric: Metric, raw: bytes) -> None:
    value = protobuf.number32(raw) if len(raw) == 4 else protobuf.number64(raw)
    metric.value = value if math.isfinite(value) else "not finite"


def _setter(name: str, kind: Any = int) -> Any:
    return lambda metric, value: setattr(metric, name, kind(value))


_PLAIN: Final = {
    1: (2, _setter("name", lambda raw: text(raw)[:256])),
    2: (0, _setter("alias")),
    3: (0, _setter("at")),
    4: (0, _setter("datatype")),
    5: (0, _setter("historical", bool)),
    7: (0, _setter("null", bool)),
    10: (0, _setter("raw")),
    11: (0, _setter("raw")),
    12: (5, _take_float),
    13: (1, _take_float),
    14: (0, _setter("value", bool)),
    15: (2, _setter("value", lambda raw: text(raw)[:64])),
}
"""Field number → wire type, and what it does to the metric."""


def write_rebirth(at_ms: int) -> bytes:
    """Write an NCMD that asks a node to be born again: ``Node Control/Rebirth`` = true."""
    name = b"Node Control/Rebirth"
    metric = b"\x0a" + bytes([len(name)]) + name + b"\x20\x0b\x70\x01"  # name, datatype 11, true
    return b"\x08" + _varint(at_ms) + b"\x12" + bytes([len(metric)]) + metric


def _varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
