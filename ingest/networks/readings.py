"""Our own readings topic, for meters and scripts that speak plain MQTT.

Topic ``reverbere/reading/<device>``; the payload is one JSON object or an array of them::

    {"time": "2026-11-19T20:00:00Z", "values": {"active_energy": 1234.5, "voltage:1": 231.2}}

``time`` may be left out: the instant of reception holds. A key is a code of
``twin.model.properties``, with ``:channel`` where there are several; values are numbers in its
unit, or true and false.
"""

import math
from typing import Final

import msgspec

from ingest.networks.identifiers import hex_eui, plain_identifier
from ingest.networks.instants import micros
from ingest.networks.records import NO_TIME, Reading, Record, Rejection, Uplink
from twin.model.properties import PROPERTIES

NAME: Final = "reading"
TOPIC: Final = "reverbere/reading/"


class _Set(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    values: dict[str, float | bool]
    time: str | None = None


_sets = msgspec.json.Decoder(list[_Set] | _Set)


def read(topic: str, payload: bytes) -> Record:
    """Read one message of a device."""
    if not payload:
        return Rejection("empty")
    told = topic.removeprefix(TOPIC)
    device = hex_eui(told) or plain_identifier(told)
    if device is None:
        return Rejection("bad_identifier", told[:64])
    found = _sets.decode(payload)
    readings: list[Reading] = []
    for group in found if isinstance(found, list) else [found]:
        at = NO_TIME if group.time is None else micros(group.time)
        if group.time is not None and at == NO_TIME:
            return Rejection("bad_time", group.time[:64])
        for key, value in group.values.items():
            reading = _reading(key, float(value), at)
            if isinstance(reading, Rejection):
                return reading
            readings.append(reading)
    if not readings:
        return Rejection("no_values")
    return Uplink(
        network=NAME,
        dev_eui=device,
        payload=payload,
        counted=False,
        gateway_at=max(reading.at for reading in readings),
        readings=tuple(readings),
    )


def _reading(key: str, value: float, at: int) -> Reading | Rejection:
    code, _, channel = key.partition(":")
    if code not in PROPERTIES:
        return Rejection("unknown_property", code[:64])
    if channel and not (channel.isascii() and channel.isdigit() and len(channel) < 5):
        return Rejection("bad_channel", key[:64])
    if not math.isfinite(value):
        return Rejection("not_a_number", key[:64])
    return Reading(code, value, int(channel or 0), at)
