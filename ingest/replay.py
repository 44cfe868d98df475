"""Send a recording again through the broker, each message with the instant of its recording."""

import threading
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from ingest.message import Message
from ingest.networks.instants import micros_of
from ingest.read import REPLAY
from ingest.sources.mqtt import prepare
from twin.clock import Clock
from twin.errors import BrokerUnreachable

_WINDOW: Final = 4_000
_HANDSHAKE_S: Final = 10.0
_PATIENCE_S: Final = 60.0


def send(messages: Iterable[Message], url: str, clock: Clock, *, speed: float | None = None) -> int:
    """Publish messages under ``replay/<received µs>/<topic>``; return how many.

    Parameters
    ----------
    url : str
        Of the broker.
    clock : Clock
        Paces the replay.
    speed : float, optional
        How many times faster than they were received; None: as fast as the broker takes them.

    Raises
    ------
    BrokerUnreachable
        It does not answer, or stopped answering on the way.
    """
    publisher = _Publisher(url)
    sent = 0
    start_us: tuple[int, int] | None = None
    try:
        for message in messages:
            if speed is not None:
                now = micros_of(clock.now())
                start_us = start_us or (now, message.received_at)
                due = start_us[0] + (message.received_at - start_us[1]) / speed
                clock.sleep(max(0.0, (due - now) / 1e6))
            publisher.publish(f"{REPLAY}{message.received_at}/{message.topic}", message.payload)
            sent += 1
        publisher.finish()
    finally:
        publisher.close()
    return sent


class _Publisher:
    """Publishes at QoS 1 with a bounded number of messages on the way."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._shown = f"{address.hostname}:{address.port or 1883}"
        self._room = threading.Semaphore(_WINDOW)
        self._answered = threading.Event()
        self._why = "no answer"
        self._client = Client(
            CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311, clean_session=True
        )
        self._client.max_inflight_messages_set(_WINDOW)
        self._client.on_connect = self._connected
        self._client.on_publish = lambda *_: self._room.release()
        prepare(self._client, address, 60)
        try:
            self._client.reconnect()
        except OSError as error:
            raise BrokerUnreachable(self._shown, str(error)) from error
        self._client.loop_start()
        if not self._answered.wait(_HANDSHAKE_S) or self._why:
            self.close()
            raise BrokerUnreachable(self._shown, self._why)

    def _connected(self, *answer: object) -> None:
        reason = answer[3]  # client, userdata, flags, reason, properties
        self._why = str(reason) if getattr(reason, "is_failure", True) else ""
        self._answered.set()

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish one message, waiting while too many are on the way."""
        if not self._room.acquire(timeout=_PATIENCE_S):
            raise BrokerUnreachable(self._shown, "it has stopped taking messages")
        told = self._client.publish(topic, payload, qos=1)
        if told.rc not in {MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN}:
            raise BrokerUnreachable(self._shown, told.rc.name)

    def finish(self) -> None:
        """Wait until the broker has taken everything."""
        for _ in range(_WINDOW):
            if not self._room.acquire(timeout=_PATIENCE_S):
                raise BrokerUnreachable(self._shown, "it has stopped taking messages")

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()
