"""Decoded objects as a flat list of named values.

``{"temperatureSensor": {"3": 21.5}}`` is the name ``temperatureSensor`` on channel 3,
``{"Current": [1.3, 2.1]}`` the name ``Current`` on the channels 0 and 1, ``{"soil": {"ec": 0.2}}``
the name ``soil.ec``, ``{"t": {"value": 21.5, "unit": "°C"}}`` the name ``t`` with a unit.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import msgspec

from ingest.networks.records import NO_TIME, Instant, Named, Uplink

MOST: Final = 500
"""Values of one message; what an object holds beyond them is nobody's measurement."""
_DEEPEST: Final = 6
_CHANNEL_DIGITS: Final = 4
_LONGEST_NAME: Final = 100
_LONGEST_TEXT: Final = 64
_VALUE: Final = ("value", "record", "v")
_UNIT: Final = ("unit", "unitId", "units", "u")


def named_values(document: Any, at: Instant = NO_TIME) -> tuple[Named, ...]:
    """Return all scalars of a decoded object, at most ``MOST``, in its order."""
    return tuple(islice(_leaves(document, "", 0, 0, at), MOST))


def named_of(decoded: bytes) -> tuple[Named, ...]:
    """Return all scalars of an object written in JSON; nothing where it is none."""
    try:
        document = msgspec.json.decode(decoded)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    return named_values(document)


class _Kept(msgspec.Struct, array_like=True, gc=False):
    name: str
    value: bool | int | float | str | None
    unit: str
    channel: int
    at: Instant
    historical: bool


class _Envelope(msgspec.Struct, gc=False):
    """A decoded object and the values that its sender named, as the store keeps them."""

    named_values: list[_Kept]
    decoded: msgspec.Raw = msgspec.Raw(b"null")


_MARK: Final = b'{"named_values":'
_envelope = msgspec.json.Decoder(_Envelope)
_encode = msgspec.json.Encoder().encode


def kept(uplink: Uplink) -> bytes | None:
    """Return what the store keeps beside a frame's bytes, to read it again; None: nothing.

    Where there is no counter, the frame's bytes are the message itself.
    """
    if not uplink.named or not uplink.counted:
        return uplink.decoded or None
    values = [_Kept(*msgspec.structs.astuple(one)) for one in uplink.named]
    return _encode(_Envelope(values, msgspec.Raw(uplink.decoded or b"null")))


def opened(stored: bytes) -> tuple[tuple[Named, ...], bytes]:
    """Return the named values and the decoded object that ``kept`` was given."""
    if not stored.startswith(_MARK):
        return (), stored
    try:
        found = _envelope.decode(stored)
    except msgspec.DecodeError:
        return (), stored
    named = tuple(Named(*msgspec.structs.astuple(one)) for one in found.named_values)
    return named, present(found.decoded)


def present(part: msgspec.Raw) -> bytes:
    """Return a part of a JSON document as it came; nothing where it is absent, null or empty."""
    raw = bytes(part)
    return b"" if raw in {b"null", b"{}", b"[]"} else raw


def array(part: msgspec.Raw) -> bytes:
    """Return a part that should be an array as one: an object alone is its one item."""
    raw = bytes(part)
    if raw.startswith(b"["):
        return raw
    return b"[" + raw + b"]" if raw.startswith(b"{") else b"[]"


def _leaves(node: Any, name: str, channel: int, depth: int, at: Instant) -> Iterator[Named]:
    if depth > _DEEPEST or len(name) > _LONGEST_NAME:
        return
    if isinstance(node, list):
        for number, item in enumerate(node[:MOST]):
            yield from _leaves(item, name, number, depth + 1, at)
    elif not isinstance(node, dict):
        value = node[:_LONGEST_TEXT] if isinstance(node, str) else node
        yield Named(name, value, "", channel, at)
    elif (key := next((key for key in _VALUE if key in node), "")) and _quantity(node, key):
        value = node[key][:_LONGEST_TEXT] if isinstance(node[key], str) else node[key]
        yield Named(name, value, _unit(node), channel, at)
    else:
        for key, item in node.items():
            if key.isascii() and key.isdigit() and len(key) <= _CHANNEL_DIGITS and name:
                yield from _leaves(item, name, int(key), depth + 1, at)
            else:
                path = f"{name}.{key}" if name else str(key)
                yield from _leaves(item, path, channel, depth + 1, at)


def _quantity(node: dict[str, Any], key: str) -> bool:
    """Whether an object is one value with its unit, not a group that has a member of that name."""
    if isinstance(node[key], (dict, list)):
        return False
    return key == "value" or any(unit in node for unit in _UNIT)


def _unit(node: dict[str, Any]) -> str:
    found = next((node[key] for key in _UNIT if isinstance(node.get(key), str)), "")
    return str(found)[:_LONGEST_TEXT]
