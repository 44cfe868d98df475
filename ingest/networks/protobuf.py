"""Protobuf read by tables: the bytes become the JSON that the same server would have written.

A message is a table, field number → ``Field``: its JSON name and its kind. Unknown fields are
skipped, absent ones stay absent, as in the proto3 mapping to JSON. Whatever is cut short, too deep
or of another wire type is told, never guessed.
"""

import base64
import math
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_DEEPEST: Final = 24
_LONGEST_VARINT: Final = 10
_SECONDS: Final = 1 << 38
"""Instants further from 1970 than this many seconds are nobody's; some 8 700 years."""


class Field(NamedTuple):
    """One field of a message.

    Attributes
    ----------
    name : str
        In JSON.
    kind : str, tuple of str or Message
        ``text``, ``bytes``, ``bool``, ``uint``, ``int``, ``float``, ``double``, ``time``,
        ``duration``, ``struct``, ``map``; the names of an enumeration by number; or a message.
    repeated : bool
        Becomes an array.
    """

    name: str
    kind: "str | tuple[str, ...] | Message"
    repeated: bool = False


class Message(NamedTuple):
    """A message's fields by number."""

    fields: Mapping[int, Field]


def decode(message: Message, raw: bytes) -> dict[str, Any]:
    """Read one message.

    Returns
    -------
    dict
        As its JSON would be: bytes in base64, times as RFC 3339, durations as ``"1.5s"``.

    Raises
    ------
    msgspec.DecodeError
        What is wrong with the bytes, and where.
    """
    return _message(message, raw, 0)


def fields(raw: bytes) -> Iterator[tuple[int, int, Any]]:
    """Yield (number, wire type, value): an int for varints, bytes for all else.

    Raises
    ------
    msgspec.DecodeError
        The bytes end within a field, or no message begins like this.
    """
    at, end = 0, len(raw)
    while at < end:
        tag = raw[at]
        tag, at = (tag, at + 1) if tag < 0x80 else _varint(raw, at)
        number, wire = tag >> 3, tag & 7
        if not number:
            raise msgspec.DecodeError(f"field number 0 before byte {at}")
        if wire == _VARINT:
            value, at = _varint(raw, at)
            yield number, wire, value
            continue
        if wire == _BYTES:
            size = raw[at] if at < end else 0x80
            size, at = (size, at + 1) if size < 0x80 else _varint(raw, at)
        elif wire in {_FIXED64, _FIXED32}:
            size = 8 if wire == _FIXED64 else 4
        else:
            raise msgspec.DecodeError(f"wire type {wire} before byte {at}")
        if size > end - at:
            raise msgspec.DecodeError(f"cut short: field {number} ends beyond byte {end}")
        yield number, wire, raw[at : at + size]
        at += size


def messages(raw: bytes, number: int) -> Iterator[bytes]:
    """Yield the bytes of each message, text or bytes that one field holds."""
    for found, wire, value in fields(raw):
        if found == number:
            expect(wire, _BYTES, f"field {number}")
            yield value


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = 0
    for position, byte in enumerate(raw[at : at + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at + position + 1
    raise msgspec.DecodeError(f"cut short: a number begins at byte {at} and does not end")


def _message(message: Message, raw: bytes, depth: int) -> dict[str, Any]:
    if depth > _DEEPEST:
        raise msgspec.DecodeError("nested too deeply")
    found: dict[str, Any] = {}
    for number, wire, value in fields(raw):
        field = message.fields.get(number)
        if field is None:
            continue
        if field.kind == "map":
            key, entry = _entry(value, wire)
            found.setdefault(field.name, {})[key] = entry
        elif field.repeated:
            found.setdefault(field.name, []).append(_value(field, wire, value, depth))
        else:
            found[field.name] = _value(field, wire, value, depth)
    return found


def _value(field: Field, wire: int, value: Any, depth: int) -> Any:
    kind = field.kind
    if isinstance(kind, Message):
        expect(wire, _BYTES, field.name)
        return _message(kind, value, depth + 1)
    if isinstance(kind, tuple):
        expect(wire, _VARINT, field.name)
        return kind[value] if value < len(kind) else str(value)
    expect(wire, _WIRES[kind], field.name)
    if kind == "struct":
        return _struct(value, depth + 1)
    return _READERS[kind](value)


def expect(found: int, wanted: int, name: str) -> None:
    """Refuse a field of another wire type than its own."""
    if found != wanted:
        raise msgspec.DecodeError(f"{name}: wire type {found}, expected {wanted}")


def signed(value: int, bits: int = 64) -> int:
    """Return a two's complement of so many bits as the integer it stands for."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def number32(raw: bytes) -> float:
    """Read a fixed32 as float: the shortest decimal that makes the same 32 bits."""
    value: float = struct.unpack("<f", raw)[0]
    return float(str(np.float32(value))) if math.isfinite(value) else value


def number64(raw: bytes) -> float:
    """Read a fixed64 as double."""
    value: float = struct.unpack("<d", raw)[0]
    return value


def text(raw: bytes) -> str:
    """Read a string; Protobuf texts are UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"a text is not UTF-8: {error.reason}") from error


def _seconds_and_nanos(raw: bytes) -> tuple[int, int]:
    seconds = nanos = 0
    for number, wire, value in fields(raw):
        if number in {1, 2}:
            expect(wire, _VARINT, "seconds" if number == 1 else "nanos")
            seconds, nanos = (signed(value), nanos) if number == 1 else (seconds, signed(value, 32))
    return seconds, nanos


def _time(raw: bytes) -> str:
    seconds, nanos = _seconds_and_nanos(raw)
    if abs(seconds) > _SECONDS or not 0 <= nanos < 1_000_000_000:
        return f"{seconds}.{nanos:09}s since 1970"  # kept as it is, and believed by nobody
    return f"{np.datetime64(seconds, 's')}.{nanos:09}Z"


def _duration(raw: bytes) -> str:
    seconds, nanos = _seconds_and_nanos(raw)
    sign = "-" if seconds < 0 or nanos < 0 else ""
    return f"{sign}{abs(seconds)}.{abs(nanos):09}".rstrip("0").rstrip(".") + "s"


def _entry(raw: Any, wire: int) -> tuple[str, Any]:
    """Read a map's entry; keys and values are texts or unsigned integers."""
    expect(wire, _BYTES, "map")
    key, entry = "", ""
    for number, _, value in fields(raw):
        told = text(value) if isinstance(value, bytes) else value
        if number == 1:
            key = str(told)
        elif number == 2:
            entry = told
    return key, entry


def _struct(raw: bytes, depth: int) -> dict[str, Any]:
    if depth > _DEEPEST:
        raise msgspec.DecodeError("nested too deeply")
    found: dict[str, Any] = {}
    for number, wire, entry in fields(raw):
        if number != 1:
            continue
        expect(wire, _BYTES, "struct")
        key, told = "", None
        for part, inner, value in fields(entry):
            if part in {1, 2}:
                expect(inner, _BYTES, "struct")
                key, told = (text(value), told) if part == 1 else (key, _any(value, depth + 1))
        found[key] = told
    return found


def _any(raw: bytes, depth: int) -> Any:
    """Read a ``google.protobuf.Value``; numbers are doubles, NaN and infinities become null."""
    if depth > _DEEPEST:
        raise msgspec.DecodeError("nested too deeply")
    told: Any = None
    for number, wire, value in fields(raw):
        expect(wire, _VALUE_WIRES.get(number, wire), "value")
        if number == 2:
            told = number64(value)
            told = told if math.isfinite(told) else None
        elif number == 3:
            told = text(value)
        elif number == 4:
            told = bool(value)
        elif number == 5:
            told = _struct(value, depth + 1)
        elif number == 6:
            told = [_any(item, depth + 1) for item in messages(value, 1)]
    return told


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "text": text,
    "bytes": lambda raw: base64.b64encode(raw).decode(),
    "bool": bool,
    "uint": int,
    "int": signed,
    "float": number32,
    "double": number64,
    "time": _time,
    "duration": _duration,
}
_WIRES: Final = {
    **dict.fromkeys(("bool", "uint", "int"), _VARINT),
    **dict.fromkeys(("text", "bytes", "time", "duration", "struct"), _BYTES),
    "float": _FIXED32,
    "double": _FIXED64,
}
_VALUE_WIRES: Final = {1: _VARINT, 2: _FIXED64, 3: _BYTES, 4: _VARINT, 5: _BYTES, 6: _BYTES}
