"""Zigbee2MQTT: ``zigbee2mqtt/<friendly name>``, JSON; the name may contain slashes.

``last_seen`` is off by default and may be ISO 8601 or ms; without it only our door's time is known,
and what the broker remembers is no news. In ``attribute`` mode each word below the name is one bare
value. The ``voltage`` of a mains plug is in V; beside a ``battery`` it is that battery's, in mV.
"""

from typing import Any, Final

import msgspec

from ingest.networks.conventions import availability, measured
from ingest.networks.instants import by_magnitude
from ingest.networks.objects import named_values
from ingest.networks.records import NO_TIME, Ignored, Instant, Named, Record, Rejection

NAME: Final = "zigbee2mqtt"
TOPIC: Final = "zigbee2mqtt/"

_json = msgspec.json.Decoder()
_ORDERS: Final = frozenset({"set", "get"})
_NOT_MEASURED: Final = frozenset({"last_seen", "device", "update", "update_available"})


def read(topic: str, payload: bytes) -> Record:
    """Read one message of a device, or of the bridge."""
    name = topic.partition("/")[2]
    first, _, rest = name.partition("/")
    last = name.rpartition("/")[2]
    if first == "bridge":
        if rest != "state":
            return Ignored("bridge")
        return availability(NAME, topic.partition("/")[0], _state(payload), payload)
    if last in _ORDERS or name.rpartition("/")[0].endswith(("/set", "/get")):
        return Ignored("command")
    if not payload:
        return Ignored("deleted")
    if last == "availability":
        return availability(NAME, name.rpartition("/")[0], _state(payload), payload)
    if not payload.startswith(b"{"):
        return _read_attribute(name, payload)
    document = _json.decode(payload)
    named = named_values({k: v for k, v in document.items() if k not in _NOT_MEASURED})
    if "battery" in document:
        named = tuple(_of_battery(one) for one in named)
    return measured(NAME, name, payload, named, _last_seen(document))


def _state(payload: bytes) -> bytes:
    """Return ``online`` or ``offline``, bare as older versions write it, or in an object."""
    if not payload.startswith(b"{"):
        return payload
    told = _json.decode(payload).get("state", "")
    return str(told).encode("utf-8", "replace")


def _last_seen(document: dict[str, Any]) -> Instant:
    told = document.get("last_seen")
    if isinstance(told, str):
        return told
    number = isinstance(told, (int, float)) and not isinstance(told, bool)
    return by_magnitude(told) if number else NO_TIME


def _of_battery(one: Named) -> Named:
    if one.name != "voltage":
        return one
    return Named("battery_voltage", one.value, one.unit or "mV", one.channel, one.at)


def _read_attribute(name: str, payload: bytes) -> Record:
    device, _, attribute = name.rpartition("/")
    if not device:
        return Rejection("not_json", payload[:64].decode("utf-8", "replace"))
    try:
        value = payload.decode("utf-8")
    except UnicodeDecodeError:
        return Rejection("not_text")
    if attribute in _NOT_MEASURED:
        return Ignored("no_values")
    return measured(NAME, device, payload, (Named(attribute, value[:64]),))
