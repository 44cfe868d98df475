"""A publisher for tests, and a source's messages read out."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ingest.settings import IngestSettings
from ingest.sources.mqtt import MqttBatch, MqttSource, prepare
from twin.clock import SystemClock


def publish(url: str, messages: Sequence[tuple[str, bytes]], *, retain: bool = False) -> None:
    """Publish at QoS 1; raise OSError unless the broker has taken everything."""
    client = Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(1000)
    prepare(client, urlsplit(url), 60)
    client.reconnect()
    client.loop_start()
    told = [client.publish(topic, payload, qos=1, retain=retain) for topic, payload in messages]
    taken = until(lambda: all(one.is_published() for one in told))
    client.disconnect()
    client.loop_stop()
    if not taken:
        raise ConnectionError("the broker did not take everything")


def publish_later(url: str, made: MqttSource, messages: Sequence[tuple[str, bytes]]) -> None:
    """Publish once a source has subscribed: a broker keeps nothing for somebody it never met."""

    def run() -> None:
        assert until(lambda: made.stats().connected)
        publish(url, messages)

    threading.Thread(target=run, daemon=True).start()


@contextmanager
def source(url: str, *topics: str, name: str = "test", **settings: Any) -> Iterator[MqttSource]:
    tuned = IngestSettings(**({"batch_wait_ms": 20, "keepalive_s": 60} | settings))
    made = MqttSource(url, name, topics or ("t/#",), tuned, SystemClock())
    try:
        yield made
    finally:
        made.close()


def take(batches: Iterator[MqttBatch], count: int) -> list[MqttBatch]:
    """Read batches until they hold so many messages."""
    taken: list[MqttBatch] = []
    while sum(len(batch.messages) for batch in taken) < count:
        taken += islice(batches, 1)
    return taken


def payloads(batches: Sequence[MqttBatch]) -> list[bytes]:
    return [message.payload for batch in batches for message in batch.messages]


def until(condition: Any, seconds: float = 120) -> bool:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False
