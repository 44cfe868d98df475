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
    "values.power" = { property = "active_power", unit = "kW", channel = 1 }
    "currents" = { property = "current" }         # an array: channels 0, 1, 2
    "sensors.0.t" = { property = "air_temperature" }

A JSON array is a batch. ``{"value": 21.5, "unit": "°C"}`` is a value with its unit. A decimal
comma, ``NaN``, ``"null"`` or any other text in the place of a number is no value: the others of the
message are taken, and the message is refused where there is none. Null is nothing; what no line
names is listed. An empty payload is the deletion of a retained message, never a zero.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from gis.errors import MappingInvalid
from ingest.networks.identifiers import hex_eui, plain_identifier
from ingest.networks.instants import by_magnitude, micros
from ingest.networks.objects import named_values
from ingest.networks.records import (
    NO_TIME,
    Ignored,
    Named,
    Reading,
    Record,
    Rejection,
    Unmapped,
    Uplink,
)
from ingest.networks.values import Target, read_value
from ingest.settings import IngestSettings
from ingest.units import convert
from twin.model.properties import PROPERTIES

NAME: Final = "plain"

_BOM: Final = b"\xef\xbb\xbf"
_MOST_LISTED: Final = 50


class TopicRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the messages of one topic filter are read."""

    filter: str
    device: str
    property: str = ""
    unit: str = ""
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
        device = hex_eui(told) or plain_identifier(told)
        if device is None:
            return Rejection("bad_identifier", told[:64])
        found = _Found()
        problem = found.scalar(rule, payload) if rule.property else found.json(rule, payload)
        if problem is not None:
            return problem
        if not found.readings:
            return found.nothing()
        return Uplink(
            network=NAME,
            dev_eui=device,
            payload=payload,
            counted=False,
            gateway_at=max(micros(reading.at) for reading in found.readings),
            readings=tuple(found.readings),
            state=rule.state,
            unmapped=tuple(found.unmapped[:_MOST_LISTED]),
        )


def subscribed(settings: IngestSettings) -> tuple[str, ...]:
    """Return the MQTT filters that a territory reads beside those of the networks.

    Raises
    ------
    MappingInvalid
        Its mapping file cannot be read.
    """
    rules = settings.plain_mapping
    return (*settings.topics, *(read_rules(rules).topics if rules else ()))


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
        for target in targets or [_of_rule(rule)]:
            quantity = PROPERTIES.get(target.property)
            if quantity is None:
                problem = f"{target.property!r} is no observed property"
                raise MappingInvalid(path, f"topic {number}: {problem}")
            if target.unit and convert(1.0, target.unit, quantity.unit) is None:
                problem = f"unit {target.unit!r} does not lead to {quantity.unit}"
                raise MappingInvalid(path, f"topic {number}: {problem}")
    return PlainNetwork(tuple(rules))


def _of_rule(rule: TopicRule) -> Target:
    return Target(rule.property, rule.unit, rule.scale, rule.channel)


def _matches(pattern: str, topic: str) -> bool:
    wanted, words = pattern.split("/"), topic.split("/")
    for position, word in enumerate(wanted):
        if word == "#":
            return True
        if position >= len(words) or word not in {"+", words[position]}:
            return False
    return len(wanted) == len(words)


class _Found:
    """What one message holds: readings, and values that became none."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.unmapped: list[Unmapped] = []

    def scalar(self, rule: TopicRule, payload: bytes) -> Rejection | None:
        """Read one bare value."""
        try:
            text = payload.removeprefix(_BOM).decode("utf-8").strip()
        except UnicodeDecodeError:
            return Rejection("not_text")
        self._take(Named(rule.property, text), _of_rule(rule))
        return None

    def json(self, rule: TopicRule, payload: bytes) -> Rejection | None:
        """Read an object, or an array of them."""
        document = msgspec.json.decode(payload.removeprefix(_BOM))
        for entry in document if isinstance(document, list) else [document]:
            if not isinstance(entry, dict):
                found = type(entry).__name__
                return Rejection("wrong_shape", f"an object is expected, not {found}")
            at = _time(rule, entry)
            if isinstance(at, Rejection):
                return at
            for path, target in rule.values.items():
                for one in named_values({path: _at(entry, path)}, at):
                    self._take(one, target if one.name == path else None)
            if len(self.unmapped) < _MOST_LISTED:
                self._list_others(rule, entry)
        return None

    def nothing(self) -> Rejection:
        """Say why there is no reading at all."""
        told = next((one for one in self.unmapped if one.why != "no_mapping"), None)
        return Rejection(told.why, told.example[:64]) if told else Rejection("no_values")

    def _take(self, one: Named, target: Target | None) -> None:
        if one.value is None:
            return
        found = "no_mapping" if target is None else read_value(one, target)
        if isinstance(found, Reading):
            self.readings.append(found)
        else:
            self.unmapped.append(Unmapped(one.name, found, one.unit, str(one.value)))

    def _list_others(self, rule: TopicRule, entry: dict[str, Any]) -> None:
        for one in named_values(entry):
            known = (rule.time, *rule.values)
            if not any(_leads_to(path, one) for path in known):
                self._take(one, None)


def _leads_to(path: str, one: Named) -> bool:
    """Whether a line of the file speaks of a value; arrays are channels of one name there."""
    words = ".".join(word for word in path.split(".") if not word.isdigit())
    return one.name in {path, words} or one.name.startswith(f"{path}.")


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
        if isinstance(entry, list) and word.isdigit() and int(word) < len(entry):
            entry = entry[int(word)]
        elif isinstance(entry, dict):
            entry = entry.get(word)
        else:
            return None
    return entry
