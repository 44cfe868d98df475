"""Shelly: ``<device>/events/rpc``, ``/status/…``, ``/online``; its first generation ``shellies/…``.

``NotifyStatus`` is a change: only what it names has a new value, and null takes a key away. Of the
first generation each topic is one bare value; its relays count energy in watt-minutes.
"""

import re
from typing import Any, Final

import msgspec

from ingest.networks.conventions import availability, measured
from ingest.networks.instants import by_magnitude
from ingest.networks.objects import named_values
from ingest.networks.records import NO_TIME, Ignored, Named, Record, Rejection

NAME: Final = "shelly"
FIRST: Final = "shellies/"
RPC: Final = "/events/rpc"

_COMPONENT: Final = re.compile(r"([a-z][a-z0-9_]{0,31})(?::(\d{1,4}))?", re.ASCII)
_NO_MEASUREMENT: Final = frozenset(
    {"sys", "wifi", "cloud", "mqtt", "eth", "ble", "ws", "ts", "script", "schedule", "ui", "bthome"}
)
_HOUSEKEEPING: Final = ("by_minute", "minute_ts", "errors", "timer_")
_FIRST_OTHERS: Final = frozenset({"announce", "command", "info", "input_event", "longpush"})


class _Notice(msgspec.Struct, gc=False):
    src: str = ""
    method: str = ""
    params: dict[str, Any] | None = None


_notice = msgspec.json.Decoder(_Notice)
_component = msgspec.json.Decoder(dict[str, Any])


def is_second(topic: str) -> bool:
    """Whether a topic is one of the second generation's."""
    words = topic.split("/")
    return topic.endswith(RPC) or (
        len(words) > 1 and (words[-1] == "online" or (len(words) > 2 and words[-2] == "status"))
    )


def read(topic: str, payload: bytes) -> Record:
    """Read one message."""
    if not payload:
        return Ignored("deleted")
    if topic.startswith(FIRST):
        return _read_first(topic, payload)
    device, _, last = topic.rpartition("/")
    if last == "online":
        return availability(NAME, device, payload, payload)
    if topic.endswith(RPC):
        return _read_notice(topic.removesuffix(RPC), payload)
    named = _values(last, _component.decode(payload))
    return measured(NAME, device.removesuffix("/status"), payload, named)


def _read_notice(prefix: str, payload: bytes) -> Record:
    notice = _notice.decode(payload)
    if notice.method not in {"NotifyStatus", "NotifyFullStatus"}:
        return Ignored("unknown_event")
    params = notice.params or {}
    at = params.get("ts")
    named: list[Named] = []
    for component, told in params.items():
        if isinstance(told, dict):
            named += _values(component, told)
    instant = by_magnitude(at) if isinstance(at, (int, float)) else NO_TIME
    return measured(NAME, prefix, payload, tuple(named), instant)


def _values(component: str, told: dict[str, Any]) -> tuple[Named, ...]:
    """Name a component's values ``switch.apower``, on the channel of its number."""
    found = _COMPONENT.fullmatch(component)
    if found is None or found[1] in _NO_MEASUREMENT:
        return ()
    kept = {key: item for key, item in told.items() if key != "id" and item is not None}
    number = int(found[2] or 0)
    return tuple(
        Named(one.name, one.value, one.unit, one.channel + number)
        for one in named_values({found[1]: kept})
        if not any(word in one.name for word in _HOUSEKEEPING)
    )


def _read_first(topic: str, payload: bytes) -> Record:
    words = topic.split("/")
    if len(words) < 3 or words[-1] in _FIRST_OTHERS:
        return Ignored("unknown_event")
    device, told = words[1], words[2:]
    if told == ["online"]:
        return availability(NAME, device, payload, payload)
    try:
        value = payload.decode("utf-8")
    except UnicodeDecodeError:
        return Rejection("not_text")
    channel = int(told[1]) if len(told) > 1 and _is_number(told[1]) else 0
    name = ".".join(word for word in told if not _is_number(word))
    return measured(NAME, device, payload, (Named(name[:100], value[:64], channel=channel),))


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 4
