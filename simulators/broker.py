"""The town's end of the MQTT line: publishes, listens, comes back when the broker does."""

import queue
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from simulators.events import CAUSE_TOPIC, FLOOD_TOPIC, INSPECTION_TOPIC
from simulators.message import Message

_TOPICS = ("application/+/device/+/command/down", FLOOD_TOPIC, INSPECTION_TOPIC, CAUSE_TOPIC)
_DEFAULT_PORT, _KEEPALIVE_S = 1883, 30
_UNSENT_AT_MOST = 20_000


class Line:
    """A connection to the broker.

    Parameters
    ----------
    url : str
        ``mqtt://user:password@host:port``; ``mqtts`` for TLS.
    client_id : str
        Name at the broker: orders wait for it while the town is away.
    """

    def __init__(self, url: str, client_id: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or _DEFAULT_PORT
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        if parts.username:
            self._client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        if parts.scheme == "mqtts":
            self._client.tls_set()
        self._client.reconnect_delay_set(1, 15)
        self._client.max_queued_messages_set(_UNSENT_AT_MOST)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._received: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._greeted = threading.Event()
        self.reconnected = threading.Event()

    def open(self, patience_s: float = 10.0) -> None:
        """Connect; the library comes back by itself later.

        Raises
        ------
        OSError
            The broker does not answer.
        """
        self._client.connect(self._host, self._port, _KEEPALIVE_S)
        self._client.loop_start()
        if not self._greeted.wait(patience_s):
            self.close()
            raise ConnectionRefusedError("the broker does not let the simulated town in")

    def publish(self, message: Message) -> None:
        """Publish at QoS 1; while the broker is away messages wait, up to a limit."""
        self._client.publish(message.topic, message.payload, qos=1, retain=message.retain)

    def received(self) -> Iterator[tuple[str, bytes]]:
        """Yield what has come in since the last look."""
        while True:
            try:
                yield self._received.get_nowait()
            except queue.Empty:
                return

    def close(self) -> None:
        """Say goodbye."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            return
        client.subscribe([(topic, 1) for topic in _TOPICS])
        if self._greeted.is_set():
            self.reconnected.set()
        self._greeted.set()

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        self._received.put((message.topic, bytes(message.payload)))
