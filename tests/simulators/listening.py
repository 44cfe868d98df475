"""Hears what a simulated town publishes and reads it with the product's own decoders."""

import base64
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np

from ingest.codecs import CODECS
from ingest.codecs.profiles import profiles
from simulators.message import Message
from simulators.simulation import Simulation


class Heard(NamedTuple):
    """One decoded reading."""

    at: int
    profile: str
    device: str
    field: str
    channel: int
    value: float


def live(simulation: Simulation, start: datetime, seconds: float) -> list[Message]:
    """Let a town live for a while."""
    return list(simulation.step(start + timedelta(seconds=seconds)))


def ups(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Return the uplink events."""
    return [json.loads(m.payload) for m in messages if m.topic.endswith("/event/up")]


def events(messages: Iterable[Message], kind: str) -> list[dict[str, Any]]:
    """Return the events of another kind."""
    return [json.loads(m.payload) for m in messages if m.topic.endswith(f"/event/{kind}")]


def readings(messages: Iterable[Message]) -> list[Heard]:
    """Decode every uplink."""
    heard = []
    for message in messages:
        if not message.topic.endswith("/event/up"):
            continue
        event = json.loads(message.payload)
        profile = event["deviceInfo"]["deviceProfileName"]
        codec = CODECS[profiles()[profile].codec]
        frame = base64.b64decode(event["data"])
        found = codec.decode([frame], np.array([event["fPort"]], np.int16))
        assert not found.problems, (profile, frame.hex(), found.problems)
        name = event["deviceInfo"]["deviceName"].split("-", 1)[1]
        heard += [
            Heard(message.at, profile, name, part.field, part.channel, float(part.values[0]))
            for part in found.parts
        ]
    return heard


def latest(heard: Iterable[Heard], field: str) -> dict[str, float]:
    """Return the newest value of a reading of each device."""
    return {h.device: h.value for h in heard if h.field == field}


def last(heard: Iterable[Heard], device: str, field: str, channel: int = 0) -> float:
    """Return the newest value of a reading."""
    values = [h.value for h in heard if (h.device, h.field, h.channel) == (device, field, channel)]
    assert values, f"nothing heard of {field} from {device}"
    return values[-1]
