"""SenML (RFC 8428), JSON: a pack of records, each with a name, a unit, a time and a value.

Base fields hold for the records after them. A device is a base name, what it measures the name
after it; records without a base name belong to the topic. A time below 2²⁸ is relative to our
reception.
"""

import math
from typing import Any, Final

import msgspec
from msgspec import field

from ingest.networks.identifiers import device_name
from ingest.networks.records import NO_TIME, Named, Record, Rejection, Several, Uplink

NAME: Final = "senml"

_VERSION: Final = 10
_RELATIVE: Final = 1 << 28
_MOST: Final = 2_000
_LONGEST: Final = 100
_BEFORE_YEAR_2200: Final = 7_258_118_400


class _Entry(msgspec.Struct, gc=False):
    base_name: str | None = field(default=None, name="bn")
    base_time: float | None = field(default=None, name="bt")
    base_unit: str | None = field(default=None, name="bu")
    base_value: float | None = field(default=None, name="bv")
    base_version: int = field(default=_VERSION, name="bver")
    name: str = field(default="", name="n")
    unit: str | None = field(default=None, name="u")
    time: float = field(default=0.0, name="t")
    value: float | None = field(default=None, name="v")
    text: str | None = field(default=None, name="vs")
    boolean: bool | None = field(default=None, name="vb")
    total: float | None = field(default=None, name="s")


_pack = msgspec.json.Decoder(list[_Entry])
_labels = msgspec.json.Decoder(list[dict[str, Any]])


def is_pack(payload: bytes) -> bool:
    """Whether a message looks like a pack: an array with base fields, or names beside values."""
    head = payload[:2048]
    if not head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"["):
        return False
    if b'"bn"' in head or b'"bt"' in head:
        return True
    return b'"n"' in head and any(mark in head for mark in (b'"v"', b'"vb"', b'"vs"'))


def read(topic: str, payload: bytes, received_at: int) -> Record:
    """Read one pack: an uplink for each device of it."""
    payload = payload.removeprefix(b"\xef\xbb\xbf")
    pack = _pack.decode(payload)
    if len(pack) > _MOST:
        return Rejection("too_many_records", str(len(pack)))
    must = _not_understood(payload)
    if must:
        return Rejection("not_understood", must[:64])
    if any(entry.base_version > _VERSION for entry in pack):
        return Rejection("unknown_version", str(max(entry.base_version for entry in pack)))
    devices: dict[str, _Device] = {}
    base = _Entry()
    for entry in pack:
        _take_base(base, entry)
        owner = (base.base_name or "").rstrip(":/-_.")
        name = device_name(owner.rpartition(":")[2] if _is_urn(owner) else owner or topic)
        if name is None:
            return Rejection("bad_identifier", owner[:64])
        devices.setdefault(name, _Device()).take(base, entry, received_at)
    uplinks = tuple(one.uplink(name, payload) for name, one in devices.items() if one.named)
    if not uplinks:
        return Rejection("no_values")
    return uplinks[0] if len(uplinks) == 1 else Several(uplinks)


class _Device:
    """What one pack says of one device."""

    def __init__(self) -> None:
        self.named: list[Named] = []
        self._own_times: list[int] = []

    def take(self, base: _Entry, entry: _Entry, received_at: int) -> None:
        seconds = (base.base_time or 0.0) + entry.time
        at = _instant(seconds, received_at)
        if seconds >= _RELATIVE and at != NO_TIME:
            self._own_times.append(at)
        self.named += _values(base, entry, at)

    def uplink(self, name: str, payload: bytes) -> Uplink:
        return Uplink(
            network=NAME,
            dev_eui=name,
            payload=payload,
            counted=False,
            # a time relative to our reception is no time of the sender's
            gateway_at=max(self._own_times, default=NO_TIME),
            name=name,
            named=tuple(self.named),
        )


def _is_urn(name: str) -> bool:
    return name.startswith("urn:dev:") and name.count(":") == 3


def _not_understood(payload: bytes) -> str:
    """Return a label that its writer says must be understood: it ends in an underscore."""
    if b'_"' not in payload:
        return ""
    return next((key for entry in _labels.decode(payload) for key in entry if key[-1:] == "_"), "")


def _take_base(base: _Entry, entry: _Entry) -> None:
    for name in ("base_name", "base_time", "base_unit", "base_value"):
        told = getattr(entry, name)
        if told is not None:
            setattr(base, name, told)


def _values(base: _Entry, entry: _Entry, at: int) -> list[Named]:
    unit = ((entry.unit if entry.unit is not None else base.base_unit) or "")[:16]
    name = entry.name[:_LONGEST] or "value"
    told: bool | float | str | None = entry.boolean if entry.value is None else entry.value
    if isinstance(told, float):
        told += base.base_value or 0.0
    if told is None and entry.text is not None:
        told = entry.text[:64]
    found = [] if told is None else [Named(name, told, unit, at=at)]
    if entry.total is not None:
        found.append(Named(f"{name}.sum", entry.total, unit, at=at))
    return found


def _instant(seconds: float, received_at: int) -> int:
    if not math.isfinite(seconds) or abs(seconds) > _BEFORE_YEAR_2200:
        return NO_TIME
    if seconds >= _RELATIVE:
        return round(seconds * 1e6)
    return NO_TIME if not seconds or received_at == NO_TIME else received_at + round(seconds * 1e6)
