"""Messages from an MQTT broker, acknowledged after their commit.

Persistent session with a fixed client id, QoS 1, manual acknowledgement in order of receipt. What
is received and not handed over is bounded by not reading: TCP, then the broker, holds the rest.
One thread owns the connection; everything that paho does, it does there.
"""

import os
import random
import select
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

import structlog
from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTErrorCode

from ingest.message import Message, SourceStats
from ingest.networks.instants import micros_of
from ingest.settings import IngestSettings
from ingest.sources.buffered_client import BufferedClient, IngestClient
from ingest.sources.sharing import subscriptions
from twin.clock import Clock

_log = structlog.get_logger("ingest.mqtt")
_POLL_S: Final = 0.5
_FIRST_RETRY_S: Final = 0.2
_LONGEST_RETRY_S: Final = 15.0
_GOODBYE_S: Final = 5.0


@dataclass(slots=True)
class MqttBatch:
    """Messages of one connection; only that connection can acknowledge them."""

    messages: Sequence[Message]
    generation: int
    source: "MqttSource" = field(repr=False)

    def commit(self) -> None:
        """Acknowledge all, in order of receipt, unless the connection is gone."""
        tokens = [message.token for message in self.messages if message.qos]
        self.source.acknowledge(self.generation, tokens)

    def abandon(self) -> None:
        """Leave them: the connection is dropped, and the broker delivers them again."""
        self.source.reconnect(self.generation)


class MqttSource:
    """A broker's messages in batches.

    Parameters
    ----------
    url : str
        ``mqtt://user:password@host:1883``, ``mqtts://`` for TLS.
    client_id : str
        Fixed name: the broker keeps our messages under it while we are away.
    topics : sequence of str
        Filters, each message matching one.
    settings : IngestSettings
        Window, batches, keep-alive, how many workers share the messages.
    clock : Clock
        Stamps the reception.
    group, in_order, first
        See ``ingest.sources.sharing``.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        topics: Sequence[str],
        settings: IngestSettings,
        clock: Clock,
        *,
        group: str = "reverbere",
        in_order: Sequence[str] = (),
        first: bool = True,
    ) -> None:
        self._address = urlsplit(url)
        self._client_id = client_id
        self._topics, self._left = subscriptions(
            topics, group=group, workers=settings.workers, in_order=in_order, first=first
        )
        self._settings = settings
        self._clock = clock
        self._stats = SourceStats()
        self._changed = threading.Condition()
        self._waiting: deque[Message] = deque()
        self._runs: deque[tuple[int, int]] = deque()  # of them: connection, how many
        self._waiting_bytes = 0
        self._generation = 0
        self._acknowledgements: deque[tuple[int, list[int]]] = deque()
        self._away_since: float | None = None
        self._drop = self._stopping = self._closing = False
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._client = _client(self._address, client_id, settings, self._received, self._now_us)
        self._thread = threading.Thread(target=self._run, name="ingest mqtt", daemon=True)

    # ---------------------------------------------------------- the consumer's side
    def batches(self) -> Iterator[MqttBatch]:
        """Yield batches until ``stop``; then what was received before it."""
        self._thread.start()
        while (batch := self._next()) is not None:
            yield batch

    def _next(self) -> MqttBatch | None:
        """Wait for messages, then a little for more of them."""
        with self._changed:
            self._come_back()
            while not self._waiting:
                if self._stopping:
                    return None
                self._changed.wait(_POLL_S)
            until = time.monotonic() + self._settings.batch_wait_ms / 1000
            while (left := until - time.monotonic()) > 0 and not self._enough():
                self._changed.wait(left)
            self._away_since = time.monotonic()
            return self._taken()

    def _come_back(self) -> None:
        self._away_since = None
        self._wake()

    def _enough(self) -> bool:
        return self._stopping or (
            len(self._waiting) >= self._settings.batch_messages
            or self._waiting_bytes >= self._settings.batch_bytes
        )

    def _taken(self) -> MqttBatch:
        generation, count = self._runs.popleft()
        messages: list[Message] = []
        size = 0
        while len(messages) < min(count, self._settings.batch_messages):
            message = self._waiting.popleft()
            messages.append(message)
            size += len(message.payload)
            if size >= self._settings.batch_bytes:
                break
        if len(messages) < count:
            self._runs.appendleft((generation, count - len(messages)))
        self._waiting_bytes -= size
        self._wake()  # there is room again
        return MqttBatch(messages, generation, self)

    def acknowledge(self, generation: int, tokens: list[int]) -> None:
        """Queue the acknowledgements of one batch for the connection that brought it."""
        with self._changed:
            if generation == self._generation:
                self._acknowledgements.append((generation, tokens))
        self._wake()

    def reconnect(self, generation: int) -> None:
        """Drop that connection, if it is still the present one."""
        with self._changed:
            self._drop = generation == self._generation
        self._wake()

    def stats(self) -> SourceStats:
        """Return what was counted so far."""
        with self._changed:
            self._stats.waiting = len(self._waiting)
        return self._stats

    def stop(self) -> None:
        """Receive no more; ``batches`` ends after what is here. Callable from a signal handler."""
        self._stopping = True
        self._wake()

    def close(self) -> None:
        """Send what is left to acknowledge and leave; the session stays at the broker."""
        self._stopping = self._closing = True
        self._wake()
        if self._thread.is_alive():
            self._thread.join(_GOODBYE_S * 2)
        os.close(self._wake_read)
        os.close(self._wake_write)

    # -------------------------------------------------------- the connection's thread
    def _run(self) -> None:
        failures = 0
        while not self._closing:
            if self._stopping or self._stalled():
                self._sleep(_POLL_S)
                continue
            if not self._connect(failures):
                failures += 1
                continue
            failures = 0
            self._stay()
        self._leave()

    def _connect(self, failures: int) -> bool:
        """Try once; say why not, and wait a growing, uneven while."""
        self._client.forget_partial()
        try:
            self._client.reconnect()
        except (OSError, ValueError) as error:
            self._retry_later(failures, f"{error}")
            return False
        with self._changed:
            self._generation += 1
            self._stats.connections += 1
            self._drop = False
        refusal = self._shake_hands()
        if refusal is not None:
            self._retry_later(failures, refusal)
            return False
        if failures:
            _log.info("broker back", address=self._shown)
        return True

    def _shake_hands(self) -> str | None:
        """Wait for the broker's answer; return why it did not take us."""
        until = time.monotonic() + _GOODBYE_S
        self._client.refusal = None
        while time.monotonic() < until and not self._client.is_connected():
            if self._turn() or self._client.refusal:
                return self._client.refusal or "the connection was closed"
        return None if self._client.is_connected() else "no answer"

    def _retry_later(self, failures: int, why: str) -> None:
        wait = min(_FIRST_RETRY_S * 2**failures, _LONGEST_RETRY_S) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries
        if failures in {0, 5} or failures % 20 == 0:
            _log.warning(
                "broker does not answer", address=self._shown, why=why, retry_s=round(wait, 1)
            )
        self._lost()
        self._sleep(wait)

    def _stay(self) -> None:
        """Serve the connection until it is lost, dropped or no longer wanted."""
        self._client.subscribe([(topic, 1) for topic in self._topics])
        self._client.unsubscribe(self._left)  # the session remembers another number of workers
        while not self._closing and not self._drop and not self._stalled():
            rc = self._turn()
            self._tell_listening()
            if rc:
                if not self._stopping:
                    _log.warning("connection to the broker lost", address=self._shown, why=rc.name)
                break
        if self._closing:
            return
        if self._client.is_connected():
            self._client.disconnect()
        self._lost()

    def _tell_listening(self) -> None:
        """Count as connected once the broker has said that it sends us what we asked for."""
        if self._client.listening and not self._stats.connected:
            self._stats.connected = True
            _log.info("listening to the broker", address=self._shown)

    def _turn(self) -> MQTTErrorCode:
        """Wait for work, at most half a second, and do it."""
        socket = self._client.socket()
        if socket is None:
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        pending = hasattr(socket, "pending") and socket.pending() > 0
        wanted: list[Any] = [] if self._full() and not self._closing else [socket]
        writable: list[Any] = [socket] if self._client.want_write() else []
        try:
            readable, writable, _ = select.select(
                [*wanted, self._wake_read], writable, [], 0 if pending and wanted else _POLL_S
            )
        except (OSError, ValueError):
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        self._drain_wake()
        rc = MQTTErrorCode.MQTT_ERR_SUCCESS
        if wanted and (socket in readable or pending):
            rc = self._client.loop_read()
        self._send_acknowledgements()
        if not rc and self._client.want_write():
            rc = self._client.loop_write()
        return rc or self._client.loop_misc()

    def _send_acknowledgements(self) -> None:
        while self._acknowledgements:
            with self._changed:
                generation, tokens = self._acknowledgements.popleft()
                if generation != self._generation:
                    continue
                self._stats.acknowledged += len(tokens)
            self._client.acknowledge(tokens)

    def _received(self, messages: list[Message]) -> None:
        """Take the messages of one read; runs in the connection's thread."""
        if self._closing:
            return  # they come again
        with self._changed:
            self._waiting_bytes += sum([len(message.payload) for message in messages])
            self._stats.redelivered += sum([message.duplicate for message in messages])
            self._waiting.extend(messages)
            _, count = self._runs.pop() if self._follows() else (0, 0)
            self._runs.append((self._generation, count + len(messages)))
            self._stats.received += len(messages)
            self._changed.notify_all()

    def _follows(self) -> bool:
        """Whether what comes now continues the last run."""
        return bool(self._runs) and self._runs[-1][0] == self._generation

    def _full(self) -> bool:
        return self._stopping or (
            len(self._waiting) >= self._settings.window_messages
            or self._waiting_bytes >= self._settings.window_bytes
        )

    def _stalled(self) -> bool:
        """Whether the consumer is away for so long that the broker would lose patience.

        It holds the messages meanwhile; the connection is made again when the consumer is back.
        """
        since = self._away_since
        return since is not None and time.monotonic() - since > self._settings.keepalive_s / 2

    def _lost(self) -> None:
        """Forget the connection; what it brought is stored all the same, and not acknowledged.

        It comes again under new identifiers and is merged; but where the broker itself has died,
        what is here may be the only copy.
        """
        with self._changed:
            self._generation += not self._stopping
            self._acknowledgements.clear()
            self._stats.connected = False

    def _leave(self) -> None:
        """Leave when the broker has read our last acknowledgements, not before.

        A worker that starts again at once would take the session over, and with it what the
        broker had not read yet.
        """
        if self._client.is_connected():
            self._send_acknowledgements()
            self._client.ask_for_sign()
            until = time.monotonic() + _GOODBYE_S
            while not self._client.sign_received and time.monotonic() < until:
                if self._turn():
                    break
            self._client.disconnect()
        with self._changed:
            self._stats.connected = False

    def _sleep(self, seconds: float) -> None:
        select.select([self._wake_read], [], [], seconds)
        self._drain_wake()

    def _wake(self) -> None:
        with suppress(BlockingIOError):  # it is awake
            os.write(self._wake_write, b"\0")

    def _drain_wake(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._wake_read, 65_536)

    @property
    def _shown(self) -> str:
        return f"{self._address.hostname}:{self._address.port or 1883}"

    def _now_us(self) -> int:
        return micros_of(self._clock.now())


def _client(
    address: SplitResult,
    client_id: str,
    settings: IngestSettings,
    receive: Callable[[list[Message]], None],
    now_us: Callable[[], int],
) -> IngestClient:
    kind = BufferedClient if settings.buffered_socket else IngestClient
    client = kind(client_id, receive, now_us)
    prepare(client, address, settings.keepalive_s)
    return client


def prepare(client: Client, address: SplitResult, keepalive_s: int) -> None:
    """Tell a client where its broker is and who we are; it does not connect yet."""
    if address.username:
        client.username_pw_set(unquote(address.username), unquote(address.password or ""))
    secure = address.scheme == "mqtts"
    if secure:
        client.tls_set_context(ssl.create_default_context())
    port = address.port or (8883 if secure else 1883)
    client.connect_async(address.hostname or "127.0.0.1", port, keepalive_s)
