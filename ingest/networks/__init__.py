"""Networks: one file each, and the way from a topic to the file that reads it."""

from collections.abc import Callable
from typing import Final

import msgspec

from ingest.networks import chirpstack_v3, chirpstack_v4, gateways, helium, readings
from ingest.networks import plain as plain_mqtt
from ingest.networks.plain import PlainNetwork
from ingest.networks.records import Record, Rejection

Parser = Callable[[str, bytes], Record]

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
    "gateway/+/state/conn",
    "gateway/+/event/stats",
    "+/gateway/+/state/conn",
    "+/gateway/+/event/stats",
    f"{readings.TOPIC}+",
    "replay/#",
)
"""Filters that ingest subscribes to; none of them takes a topic of another."""


class Networks:
    """All networks that this ingest reads.

    Parameters
    ----------
    plain : PlainNetwork, optional
        A territory's own mapping of plain topics.
    """

    def __init__(self, plain: PlainNetwork | None = None) -> None:
        self._plain = plain or PlainNetwork()

    @property
    def topics(self) -> tuple[str, ...]:
        """Filters to subscribe to."""
        return TOPICS + self._plain.topics

    def read(self, topic: str, payload: bytes) -> tuple[str, Record]:
        """Turn one message into a record.

        Returns
        -------
        (str, Record)
            The network that read it, ``UNKNOWN`` where none does, and what it found. Never raises.
        """
        name, parser = self._parser(topic, payload)
        try:
            return name, parser(topic, payload)
        except msgspec.ValidationError as error:
            return name, Rejection("wrong_shape", str(error))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return name, Rejection("not_json", str(error))

    def _parser(self, topic: str, payload: bytes) -> tuple[str, Parser]:
        if topic.startswith("application/"):
            # Protobuf and unreadable bytes go to v4, which names what it found
            if b'"deviceInfo"' in payload or b'"devEUI"' not in payload:
                return chirpstack_v4.NAME, chirpstack_v4.read
            return chirpstack_v3.NAME, chirpstack_v3.read
        first, _, rest = topic.partition("/")
        if first == "helium":
            return helium.NAME, helium.read
        if topic.startswith(readings.TOPIC):
            return readings.NAME, readings.read
        if first == "gateway" or rest.startswith("gateway/"):
            return gateways.NAME, gateways.read
        if self._plain.rule_of(topic):
            return PLAIN, self._plain.read
        return _by_content(payload)


def _by_content(payload: bytes) -> tuple[str, Parser]:
    """Find the network behind a topic of the territory's own making."""
    if b'"deviceInfo"' in payload:
        return chirpstack_v4.NAME, chirpstack_v4.read
    if b'"devEUI"' in payload:
        return chirpstack_v3.NAME, chirpstack_v3.read
    if b'"hotspots"' in payload:
        return helium.NAME, helium.read
    return UNKNOWN, lambda topic, _: Rejection("unknown_topic", topic[:128])
