"""Bare scalars and ad-hoc JSON over MQTT, read by a territory's mapping file.

One table a topic::

    [[topic]]
    filter = "site/+/temperature"       # MQTT filter
    device = "site-{1}"                 # {n}: the n-th word of the topic, from 0
    property = "air_temperature"        # a bare scalar
    scale = 1.0
    channel = 0

    [[topic]]
    filter = "meters/+/json"
    device = "{1}"
    time = "ts"                         # RFC 3339, or Unix s, ms, µs by magnitude; may be absent
    state = false                       # true: taken also when the broker replays it as retained
    [topic.values]                      # dotted path in the JSON → property
    "values.power" = { property = "active_power", scale = 1000.0, channel = 1 }

A JSON array is a batch. A decimal comma, ``NaN``, ``"null"`` or any other text in the place of a
number is refused; an empty payload is the deletion of a retained message, never a zero.
"""

import math
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from gis.errors import MappingInvalid
from ingest.networks.identifiers import eui, plain_identifier
from ingest.networks.instants import by_magnitude, micros
from ingest.networks.records import NO_TIME, Ignored, Reading, Record, Rejection, Uplink
from twin.model.properties import PROPERTIES

NAME: Final = "plain"

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_WORDS: Final = {"on": 1.0, "off": 0.0, "true": 1.0, "false": 0.0}
_BOM: Final = b"\xef\xbb\xbf"


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a figure becomes."""

    property: str
    scale: float = 1.0
    channel: int = 0


class TopicRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the messages of one topic filter are read."""

    filter: str
    device: str
    property: str = ""
    scale: float = 1.0
    channel: int = 0
    time: str = ""
    state: bool = False
    values: dict[str, Target] = {}


class _File(msgspec.Struct, forbid_unknown_fields=True):
    topic: list[TopicRule]


class PlainNetwork:
    """The parser of one mapping file; without rules it reads nothing."""

    def __init__(self, rules: tuple[TopicRule, ...] = ()) -> None:
        self.rules = rules

    @property
    def topics(self) -> tuple[str, ...]:
        """Filters to subscribe to."""
        return tuple(rule.filter for rule in self.rules)

    def rule_of(self, topic: str) -> TopicRule | None:
        """Return the first rule whose filter takes a topic."""
        return next((rule for rule in self.rules if _matches(rule.filter, topic)), None)

    def read(self, topic: str, payload: bytes) -> Record:
        """Read one message of a topic that a rule takes."""
        rule = self.rule_of(topic)
        if rule is None:
            return Rejection("unknown_topic")
        if not payload:
            return Ignored("deleted")
        words = topic.split("/")
        try:
            told = rule.device.format(*words)
        except (IndexError, KeyError, ValueError):
            return Rejection("bad_identifier", topic[:64])
        device = eui(told) or plain_identifier(told)
        if device is None:
            return Rejection("bad_identifier", told[:64])
        found = _scalar(rule, payload) if rule.property else _json(rule, payload)
        if isinstance(found, Rejection):
            return found
        return Uplink(
            network=NAME,
            dev_eui=device,
            payload=payload,
            counted=False,
            gateway_at=max(reading.at for reading in found),
            readings=found,
            state=rule.state,
        )


def read_rules(path: Path) -> PlainNetwork:
    """Read a mapping file.

    Raises
    ------
    MappingInvalid
        Which rule, what was found and what is expected.
    """
    try:
        rules = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).topic
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise MappingInvalid(path, str(error)) from error
    for number, rule in enumerate(rules, 1):
        targets = list(rule.values.values())
        if bool(rule.property) == bool(targets):
            raise MappingInvalid(path, f"topic {number}: give either 'property' or 'values'")
        for code in [rule.property] if rule.property else [target.property for target in targets]:
            if code not in PROPERTIES:
                raise MappingInvalid(path, f"topic {number}: {code!r} is no observed property")
    return PlainNetwork(tuple(rules))


def _matches(pattern: str, topic: str) -> bool:
    wanted, words = pattern.split("/"), topic.split("/")
    for position, word in enumerate(wanted):
        if word == "#":
            return True
        if position >= len(words) or word not in {"+", words[position]}:
            return False
    return len(wanted) == len(words)


def _scalar(rule: TopicRule, payload: bytes) -> tuple[Reading, ...] | Rejection:
    try:
        text = payload.removeprefix(_BOM).decode("utf-8").strip()
    except UnicodeDecodeError:
        return Rejection("not_text")
    reading = _reading(Target(rule.property, rule.scale, rule.channel), text, NO_TIME)
    return reading if isinstance(reading, Rejection) else (reading,)


def _json(rule: TopicRule, payload: bytes) -> tuple[Reading, ...] | Rejection:
    document = msgspec.json.decode(payload.removeprefix(_BOM))
    readings: list[Reading] = []
    for entry in document if isinstance(document, list) else [document]:
        if not isinstance(entry, dict):
            return Rejection("wrong_shape", f"an object is expected, not {type(entry).__name__}")
        at = _time(rule, entry)
        if isinstance(at, Rejection):
            return at
        for path, target in rule.values.items():
            value = _at(entry, path)
            if value is None:
                continue
            reading = _reading(target, value, at)
            if isinstance(reading, Rejection):
                return reading
            readings.append(reading)
    return tuple(readings) if readings else Rejection("no_values")


def _time(rule: TopicRule, entry: Mapping[str, Any]) -> int | Rejection:
    told = _at(entry, rule.time) if rule.time else None
    if told is None:
        return NO_TIME
    if isinstance(told, str):
        at = micros(told)
    elif isinstance(told, (int, float)) and not isinstance(told, bool):
        at = by_magnitude(told)
    else:
        at = NO_TIME
    return Rejection("bad_time", str(told)[:64]) if at == NO_TIME else at


def _at(entry: Any, path: str) -> Any:
    for word in path.split("."):
        if not isinstance(entry, dict):
            return None
        entry = entry.get(word)
    return entry


def _reading(target: Target, value: Any, at: int) -> Reading | Rejection:
    number: float | None = None
    if isinstance(value, (bool, int, float)):
        number = float(value)
    elif isinstance(value, str):
        if PROPERTIES[target.property].unit == "bool":
            number = _WORDS.get(value.lower())
        if number is None and _NUMBER.fullmatch(value):
            number = float(value)
    if number is None or not math.isfinite(number * target.scale):
        return Rejection("not_a_number", str(value)[:64])
    return Reading(target.property, number * target.scale, target.channel, at)
