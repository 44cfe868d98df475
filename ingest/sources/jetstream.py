"""Messages from NATS JetStream: MQTT in, a durable stream between, pulled and acknowledged here.

nats-server answers an MQTT publisher at QoS 1 when the message stands in its stream
(``$MQTT_msgs``). All workers pull from one durable consumer of it; what is not acknowledged within
``ack_wait_s`` goes to another. So a worker, or a node of three, may be killed at any moment.
Messages at QoS 0 do not enter the stream. The client (nats-py) lives in a thread of its own.
"""

import asyncio
import random
import re
import threading
import time
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, TypeVar

import structlog

from ingest.message import Message, SourceStats
from ingest.networks.instants import micros_of
from ingest.settings import IngestSettings
from ingest.sources.subjects import overlap, pattern, subjects, topic_of
from twin.clock import Clock

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.js import JetStreamContext

STREAM: Final = "$MQTT_msgs"
PREFIX: Final = "$MQTT.msgs."
_FETCH_S: Final = 0.5
_FIRST_RETRY_S: Final = 0.2
_LONGEST_RETRY_S: Final = 10.0
_CALL_S: Final = 30.0
_ACK: Final = b"+ACK"
_LATER: Final = b"-NAK"

T = TypeVar("T")
_log = structlog.get_logger("ingest.jetstream")


def _topic(message: "Msg") -> str:
    return topic_of(message.subject.removeprefix(PREFIX))


@dataclass(slots=True)
class JetStreamBatch:
    """Messages that were pulled together."""

    messages: Sequence[Message]
    pulled: Sequence["Msg"] = field(repr=False)
    source: "JetStreamSource" = field(repr=False)

    def commit(self) -> None:
        """Acknowledge all; what gets lost on the way comes again and is merged."""
        self.source.answer(self.pulled, _ACK)

    def abandon(self) -> None:
        """Let others have them at once."""
        self.source.answer(self.pulled, _LATER)


class JetStreamSource:
    """The stream's messages in batches.

    Parameters
    ----------
    servers : sequence of str
        ``nats://user:password@host:4222`` of any nodes of the cluster.
    name : str
        Of the durable consumer: the same for all workers.
    topics : sequence of str
        MQTT filters. The server takes none that overlap: where two do, everything is pulled, and
        what none of them means is acknowledged unread.
    settings : IngestSettings
        Batches, patience.
    clock : Clock
        The territory's; messages are stamped with the time they entered the stream.
    """

    def __init__(
        self,
        servers: Sequence[str],
        name: str,
        topics: Sequence[str],
        settings: IngestSettings,
        clock: Clock,
    ) -> None:
        self._servers = list(servers)
        self._name = name.replace(".", "-")
        clear = not any(overlap(*pair) for pair in combinations(topics, 2))
        self._filters = (
            [PREFIX + one for topic in topics for one in subjects(topic)] if clear else []
        )
        self._wanted = re.compile("|".join(f"(?:{pattern(topic)})" for topic in topics))
        self._settings = settings
        self._clock = clock
        self._stats = SourceStats()
        self._stopping = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="ingest jetstream", daemon=True)
        self._client: Client | None = None
        self._subscription: JetStreamContext.PullSubscription | None = None
        self._last_stamp = 0

    # ---------------------------------------------------------- the consumer's side
    def batches(self) -> Iterator[JetStreamBatch]:
        """Yield batches until ``stop``, through outages of the servers."""
        self._thread.start()
        failures = 0
        while not self._stopping.is_set():
            try:
                pulled = self._call(self._pull())
            except Exception as error:  # noqa: BLE001 - the client raises a zoo; all mean "later"
                failures = self._wait(failures, error)
                continue
            failures = 0
            if pulled:
                yield JetStreamBatch(self._read(pulled), pulled, self)

    def _wait(self, failures: int, error: Exception) -> int:
        wait = min(_FIRST_RETRY_S * 2**failures, _LONGEST_RETRY_S) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries
        if failures in {0, 5} or failures % 20 == 0:
            why = str(error) or type(error).__name__
            _log.warning("the stream does not answer", why=why, retry_s=round(wait, 1))
        self._subscription = None
        self._stats.connected = False
        self._stopping.wait(wait)
        return failures + 1

    def _read(self, pulled: Sequence["Msg"]) -> list[Message]:
        offset_us = micros_of(self._clock.now()) - round(time.time() * 1e6)
        messages = []
        for one in pulled:
            told = one.metadata
            entered = round(told.timestamp.timestamp() * 1e6) + offset_us
            self._last_stamp = max(entered, self._last_stamp + 1)  # no two at one instant
            again = (told.num_delivered or 1) > 1
            messages.append(
                Message(
                    _topic(one),
                    one.data,
                    self._last_stamp,
                    1,
                    duplicate=again,
                )
            )
        self._stats.received += len(messages)
        self._stats.redelivered += sum(message.duplicate for message in messages)
        return messages

    def answer(self, pulled: Sequence["Msg"], word: bytes) -> None:
        """Tell the stream what became of messages."""
        try:
            self._call(self._answer(pulled, word))
        except Exception as error:  # noqa: BLE001 - they come again
            _log.warning("acknowledgements lost", messages=len(pulled), why=str(error))
            return
        self._stats.acknowledged += len(pulled) * (word == _ACK)

    def stats(self) -> SourceStats:
        """Return what was counted so far."""
        return self._stats

    def stop(self) -> None:
        """Pull no more; callable from a signal handler."""
        self._stopping.set()

    def close(self) -> None:
        """Leave; the consumer stays where it is for whoever comes next."""
        self._stopping.set()
        if self._thread.is_alive():
            try:
                self._call(self._leave())
            except Exception as error:  # noqa: BLE001 - it is gone already
                _log.info("left without a word", why=str(error))
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_CALL_S)
        self._loop.close()

    # ------------------------------------------------------------ the client's thread
    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_CALL_S)

    async def _pull(self) -> Sequence["Msg"]:
        from nats.errors import TimeoutError as NothingCame  # noqa: PLC0415 - few runs need it

        subscription = self._subscription or await self._subscribe()
        try:
            pulled = await subscription.fetch(self._settings.batch_messages, timeout=_FETCH_S)
        except NothingCame:
            return []
        if self._filters:
            return pulled
        ours = [one for one in pulled if self._wanted.fullmatch(_topic(one))]
        if len(ours) < len(pulled):
            kept = {id(one) for one in ours}
            await self._answer([one for one in pulled if id(one) not in kept], _ACK)
        return ours

    async def _subscribe(self) -> "JetStreamContext.PullSubscription":
        """Find our place in the stream, or take one; the stream too, before any publisher came."""
        import nats  # noqa: PLC0415 - few runs need it
        from nats.js.api import AckPolicy, ConsumerConfig  # noqa: PLC0415 - few runs need it

        if self._client is None:
            self._client = await nats.connect(
                self._servers,
                name=self._name,
                max_reconnect_attempts=-1,
                reconnect_time_wait=0.5,
                connect_timeout=5,
                error_cb=_ignore,
                allow_reconnect=True,
            )
            self._stats.connections += 1
        stream = self._client.jetstream(timeout=5)
        await stream.stream_info(STREAM)
        wanted = ConsumerConfig(
            durable_name=self._name,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=self._settings.ack_wait_s,
            max_ack_pending=-1,
            filter_subjects=self._filters or None,
        )
        await stream.add_consumer(STREAM, wanted)
        self._subscription = await stream.pull_subscribe_bind(self._name, STREAM)
        self._stats.connected = True
        return self._subscription

    async def _answer(self, pulled: Sequence["Msg"], word: bytes) -> None:
        assert self._client is not None  # noqa: S101 - it brought them
        for one in pulled:
            await self._client.publish(one.reply, word)
        await self._client.flush(timeout=10)

    async def _leave(self) -> None:
        if self._client is not None:
            await self._client.close()


async def _ignore(_: Exception) -> None:
    """Say nothing of each lost connection: the next pull tells it once."""
