"""Networks: one file each, and the way from a message to the file that reads it.

A message is recognised by its topic where the network has a topic of its own, else by its shape:
topics of another template, and networks whose topics are configured per connection, are published
below ``uplink/`` or subscribed to (``REVERBERE_INGEST_TOPICS``). A territory's mapping file comes
before conventions.
"""

from collections.abc import Callable
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from ingest.networks import (
    aws_iot,
    chirpstack_v3,
    chirpstack_v4,
    gateways,
    helium,
    live_objects,
    loriot,
    readings,
    reception_export,
    senml,
    shelly,
    sparkplug,
    tasmota,
    thingpark,
    things_stack,
    zigbee2mqtt,
)
from ingest.networks import plain as plain_mqtt
from ingest.networks.plain import PlainNetwork
from ingest.networks.records import NO_TIME, Record, Rejection
from ingest.networks.sparkplug import Request, Sparkplug
from ingest.networks.tasmota import Tasmota

__all__ = ["IN_ORDER", "PLAIN", "READING", "TOPICS", "UNKNOWN", "Networks", "Request"]

Parser = Callable[[str, bytes], Record]
Choice = tuple[str, Parser]
"""A network's name, and what reads its messages."""

READING: Final = readings.NAME
PLAIN: Final = plain_mqtt.NAME

UNKNOWN: Final = "unknown"
"""Source in the ledger of a message that no network claims."""

TOPICS: Final = (
    "application/+/device/+/event/+",
    "application/+/device/+/rx",
    "application/+/device/+/status",
    "application/rx",
    "application/status",
    "helium/+/rx",
    "v3/+/devices/#",
    "fifo/+",
    "router/~event/v1/data/new/#",
    "gateway/+/state/conn",
    "gateway/+/event/stats",
    "+/gateway/+/state/conn",
    "+/gateway/+/event/stats",
    "spBv1.0/#",
    "zigbee2mqtt/#",
    "tele/#",
    "stat/#",
    "shellies/#",
    "+/events/rpc",
    "+/online",
    "uplink/#",
    f"{readings.TOPIC}+",
    "replay/#",
)
"""Filters that ingest subscribes to; none takes a topic that another one's network writes.

Below ``uplink/`` is room for networks whose topics one chooses oneself: ThingPark, LORIOT, AWS IoT,
SenML, a ChirpStack of another template. They are known by the shape of their messages.
"""


IN_ORDER: Final = ("spBv1.0/#",)
"""Those of which one worker must have all messages, in their order."""


class Networks:
    """All networks that this ingest reads.

    Parameters
    ----------
    plain : PlainNetwork, optional
        A territory's own mapping of plain topics.
    zone : ZoneInfo, optional
        Where the territory lies: for devices that tell local time.

    Attributes
    ----------
    sparkplug : Sparkplug
        The one parser that remembers what it has read.
    """

    def __init__(self, plain: PlainNetwork | None = None, zone: ZoneInfo | None = None) -> None:
        self._plain = plain or PlainNetwork()
        self.sparkplug = Sparkplug()
        self._tasmota = Tasmota(zone or ZoneInfo("Europe/Paris"))

    @property
    def topics(self) -> tuple[str, ...]:
        """Filters to subscribe to."""
        return TOPICS + self._plain.topics

    def requests(self) -> list[Request]:
        """Return what networks want published since the last call: rebirths of Sparkplug nodes."""
        return self.sparkplug.requests()

    def read(self, topic: str, payload: bytes, received_at: int = NO_TIME) -> tuple[str, Record]:
        """Turn one message into a record.

        Parameters
        ----------
        received_at : int
            At our door, for times that are told relative to it. [µs since 1970 UTC]

        Returns
        -------
        (str, Record)
            The network that read it, ``UNKNOWN`` where none does, and what it found. Never raises.
        """
        name, parser = self._parser(topic, payload, received_at)
        try:
            return name, parser(topic, payload)
        except msgspec.ValidationError as error:
            return name, Rejection("wrong_shape", str(error))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return name, Rejection("not_json", str(error))

    def _parser(self, topic: str, payload: bytes, received_at: int) -> Choice:
        if topic.startswith("application/"):
            if b'"deviceInfo"' in payload:
                return _CHIRPSTACK_V4
            # in Protobuf the versions look alike: applications of version 3 have numbers
            numbered = payload[:1] not in {b"{", b""} and topic.split("/", 2)[1].isdigit()
            return _CHIRPSTACK_V3 if numbered or b'"devEUI"' in payload else _CHIRPSTACK_V4
        if topic.startswith(readings.TOPIC):
            return READING, readings.read
        if self._plain.rule_of(topic):
            return PLAIN, self._plain.read
        return self._by_topic(topic, payload, received_at) or self._by_content(
            topic, payload, received_at
        )

    def _by_topic(self, topic: str, payload: bytes, received_at: int) -> Choice | None:
        first, _, rest = topic.partition("/")
        known = _BY_FIRST_WORD.get(first)
        if known is not None:
            return known
        if first == "gateway" or rest.startswith("gateway/"):
            return gateways.NAME, gateways.read
        if topic.startswith(sparkplug.TOPIC):
            return sparkplug.NAME, partial(self.sparkplug.read, received_at=received_at)
        if shelly.is_second(topic) and _no_network_wrote(payload):
            return shelly.NAME, shelly.read
        if tasmota.parts(topic) is not None:
            return tasmota.NAME, partial(self._tasmota.read, received_at=received_at)
        return None

    def _by_content(self, topic: str, payload: bytes, received_at: int) -> Choice:
        """Find the network behind a topic of the territory's own making."""
        for marks, choice in _BY_MARKS:
            if all(mark in payload for mark in marks):
                return choice
        if senml.is_pack(payload):
            return senml.NAME, partial(senml.read, received_at=received_at)
        if payload[:1] not in {b"{", b"["} and chirpstack_v4.is_event(topic, payload):
            return _CHIRPSTACK_V4
        return UNKNOWN, lambda topic, _: Rejection("unknown_topic", topic[:128])


_CHIRPSTACK_V4: Final[Choice] = (chirpstack_v4.NAME, chirpstack_v4.read)
_CHIRPSTACK_V3: Final[Choice] = (chirpstack_v3.NAME, chirpstack_v3.read)
_THINGPARK: Final[Choice] = (thingpark.NAME, thingpark.read)
_BY_FIRST_WORD: Final[dict[str, Choice]] = {
    "helium": (helium.NAME, helium.read),
    "v3": (things_stack.NAME, things_stack.read),
    "fifo": (live_objects.NAME, live_objects.read),
    "router": (live_objects.NAME, live_objects.read),
    "reception": (reception_export.NAME, reception_export.read),
    "zigbee2mqtt": (zigbee2mqtt.NAME, zigbee2mqtt.read),
    "shellies": (shelly.NAME, shelly.read),
}
_BY_MARKS: Final[tuple[tuple[tuple[bytes, ...], Choice], ...]] = (
    ((b'"deviceInfo"',), _CHIRPSTACK_V4),
    ((b'"end_device_ids"',), (things_stack.NAME, things_stack.read)),
    ((thingpark.MARK,), _THINGPARK),
    ((aws_iot.MARK,), (aws_iot.NAME, aws_iot.read)),
    (loriot.MARKS, (loriot.NAME, loriot.read)),
    (live_objects.MARKS, (live_objects.NAME, live_objects.read)),
    ((b'"hotspots"',), (helium.NAME, helium.read)),
    ((b'"devEUI"',), _CHIRPSTACK_V3),
)
"""What is in every message of a network, the most telling first."""


def _no_network_wrote(payload: bytes) -> bool:
    return not any(all(mark in payload for mark in marks) for marks, _ in _BY_MARKS)
