"""Readings out of what a network server's own decoder made of a frame.

For devices without a profile of ours. Values are read strictly: numbers, numbers written as text,
true and false, ``{value, unit}``; ``"null"``, other texts and nulls are nothing, never 0.
"""

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec

from ingest.networks.records import Reading
from twin.model.properties import PROPERTIES

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_DEEPEST: Final = 5
_CHANNEL_DIGITS: Final = 5


class _Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    property: str
    scale: float = 1.0
    channel: int = 0


@cache
def _names() -> Mapping[str, _Name]:
    text = files("ingest.networks").joinpath("names.toml").read_text(encoding="utf-8")
    names = msgspec.convert(tomllib.loads(text), dict[str, _Name])
    unknown = {name.property for name in names.values()} - PROPERTIES.keys()
    assert not unknown, unknown  # noqa: S101 - our own data file, read once
    return names


def readings_of(decoded: bytes) -> tuple[Reading, ...]:
    """Return what a decoded object says in words that we know; empty where nothing."""
    try:
        document = msgspec.json.decode(decoded)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    found: list[Reading] = []
    for name, channel, value in _leaves(document, "", 0):
        known = _names().get(name)
        number = _number(value)
        if known is not None and number is not None:
            found.append(Reading(known.property, number * known.scale, known.channel + channel))
    return tuple(found)


def _leaves(node: Any, name: str, depth: int, channel: int = 0) -> Iterator[tuple[str, int, Any]]:
    if isinstance(node, list):
        for number, item in enumerate(node):
            yield from _leaves(item, name, depth + 1, number)
    elif not isinstance(node, dict):
        yield name, channel, node
    elif "value" in node:
        yield name, channel, node["value"]
    elif depth < _DEEPEST:
        for key, item in node.items():
            if key.isascii() and key.isdigit() and len(key) < _CHANNEL_DIGITS:
                yield from _leaves(item, name, depth + 1, int(key))
            else:
                yield from _leaves(item, key, depth + 1)


def _number(value: Any) -> float | None:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, (bool, int, float)) and math.isfinite(value):
        return float(value)
    return None
