"""JetStream: what an MQTT publisher was told is kept is stored, whichever node is killed."""

import asyncio
import re
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ingest.message import Message
from ingest.pipeline import Pipeline
from ingest.settings import IngestSettings
from ingest.sources.jetstream import STREAM, JetStreamSource
from ingest.sources.mqtt import prepare
from ingest.sources.subjects import overlap, pattern, subjects, topic_of
from ingest.worker import Worker
from tests.ingest.sources.brokers import until
from tests.ingest.streams import balance, lamp, minutes, up
from tests.support.streams import Node, running_nodes
from twin.clock import SystemClock
from twin.store.database import Database

LEVELS = st.text(
    st.characters(codec="utf-8", exclude_characters="/+#*> \t\r\n\f", min_codepoint=33)
)


@given(st.lists(LEVELS, min_size=1, max_size=6).map("/".join).filter(bool))
def test_a_topic_is_itself_again_out_of_the_stream(topic: str) -> None:
    """The server writes subjects as filters without wildcards are written."""
    assert [topic_of(one) for one in subjects(topic)] == [topic]


def test_filters_mean_the_same_messages() -> None:
    assert subjects("application/+/device/+/event/+") == ["application.*.device.*.event.*"]
    assert subjects("replay/#") == ["replay", "replay.>"]
    assert subjects("v3/a.b/up") == ["v3.a//b.up"]
    assert subjects("#") == [">"]


@pytest.mark.parametrize(
    ("topic_filter", "topic", "means"),
    [
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("a/#", "ab", False),
        ("a/+/c", "a//c", True),
        ("a/+", "a/b/c", False),
        ("a.b", "axb", False),
        ("#", "a/b", True),
    ],
)
def test_a_pattern_means_what_its_filter_means(
    topic_filter: str, topic: str, *, means: bool
) -> None:
    assert bool(re.fullmatch(pattern(topic_filter), topic)) is means


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ("a/+/c", "a/b/+", True),
        ("a/+/c", "a/b/d", False),
        ("a/#", "a/b/c", True),
        ("+/gateway/+", "zigbee/#", True),
        ("a/b", "a/b/c", False),
        ("a/b", "a/b", True),
    ],
)
def test_overlapping_filters_are_told(first: str, second: str, *, both: bool) -> None:
    assert overlap(first, second) == overlap(second, first) == both


def test_our_own_filters_are_taken_whether_they_overlap_or_not() -> None:
    """What is nobody's is acknowledged unread, and does not stand in the way."""
    sent = {"zigbee2mqtt/lamp": b"1", "nobody/knows": b"2", "eu/gateway/7/state/conn": b"3"}
    ours = ("zigbee2mqtt/#", "+/gateway/+/state/conn")
    with running_nodes() as nodes, publishing(nodes[0].server.url("ingest")) as client:
        with source(nodes, *ours) as made:
            thread = threading.Thread(target=_publish_when_connected, args=(client, made, sent))
            thread.start()
            found = taken(made, 2, commit=True)
            thread.join()
        assert {one.topic for one in found} == set(sent) - {"nobody/knows"}


@contextmanager
def publishing(url: str) -> Iterator[Client]:
    """A client that publishes at QoS 1 and comes back when it is thrown out."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="lns", clean_session=False)
    client.max_inflight_messages_set(200)
    client.reconnect_delay_set(1, 2)
    prepare(client, urlsplit(url), 60)
    client.reconnect()
    client.loop_start()
    assert until(client.is_connected)
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


@contextmanager
def source(nodes: Sequence[Node], *topics: str, **settings: float) -> Iterator[JetStreamSource]:
    tuned = IngestSettings(ack_wait_s=4, **settings)  # type: ignore[arg-type] # numbers
    made = JetStreamSource(
        [node.server.stream for node in nodes], "test", topics, tuned, SystemClock()
    )
    try:
        yield made
    finally:
        made.close()


def taken(made: JetStreamSource, topics: int, *, commit: bool) -> list[Message]:
    """Read until so many topics were heard; of each the first, for what waits long comes again."""
    first: dict[str, Message] = {}
    for batch in made.batches():
        for message in batch.messages:
            first.setdefault(message.topic, message)
        if commit:
            batch.commit()
        if len(first) >= topics:
            break
    return list(first.values())


def test_topics_and_bytes_come_as_they_were_sent() -> None:
    sent = {
        "application/a/device/b/event/up": b"\x00\xff{",
        "application/é/x.y/event/up": b"",
        "application//x/": b"[]",
    }
    with running_nodes() as nodes, publishing(nodes[0].server.url("ingest")) as client:
        with source(nodes, "application/#") as made:
            thread = threading.Thread(target=_publish_when_connected, args=(client, made, sent))
            thread.start()
            found = taken(made, len(sent), commit=False)
            thread.join()
        assert {one.topic: one.payload for one in found} == sent
        assert len({one.received_at for one in found}) == len(found)
        with source(nodes, "application/#") as again:  # nothing was acknowledged
            same = taken(again, len(sent), commit=True)
        assert {one.topic for one in same} == set(sent)
        assert all(one.duplicate for one in same)
        first = {one.topic: one.received_at for one in found}
        assert {one.topic: one.received_at for one in same} == pytest.approx(first, abs=2e6)


def _publish_when_connected(client: Client, made: JetStreamSource, sent: dict[str, bytes]) -> None:
    assert until(lambda: made.stats().connected)
    for topic, payload in sent.items():
        client.publish(topic, payload, qos=1)


@contextmanager
def working(nodes: Sequence[Node], database: Database) -> Iterator[Worker]:
    pipeline = Pipeline(database, IngestSettings())
    with source(nodes, "application/+/device/+/event/up") as made:
        worker = Worker("test", pipeline, made, database, SystemClock())
        thread = threading.Thread(target=worker.run)
        thread.start()
        assert until(lambda: made.stats().connected)
        try:
            yield worker
        finally:
            worker.stop()
            thread.join(120)
            assert not thread.is_alive()


def leader_of(nodes: Sequence[Node]) -> str:
    async def ask() -> str:
        import nats

        client = await nats.connect(nodes[0].server.stream)
        try:
            told = await client.jetstream(timeout=60).stream_info(STREAM)
            return str(told.cluster.leader)  # type: ignore[union-attr] # there is a cluster
        finally:
            await client.close()

    with ThreadPoolExecutor(1) as apart:  # a browser test leaves a loop running in this thread
        return apart.submit(asyncio.run, ask()).result()


@pytest.mark.slow
def test_three_nodes_one_killed_what_was_acknowledged_is_stored(database: Database) -> None:
    events = [up(n % 40, n // 40, minutes(n / 10), payload=lamp(n % 50)) for n in range(1_200)]
    acknowledged: set[int] = set()
    with (
        running_nodes(3) as nodes,
        publishing(nodes[1].server.url("ingest")) as client,
        working(nodes, database),
    ):
        client.on_publish = lambda *told: acknowledged.add(told[2])
        killed = next(node for node in nodes if node.server.name == leader_of(nodes))
        survivor = next(node for node in nodes if node is not killed)
        client.connect_async("127.0.0.1", survivor.server.mqtt_port)  # where it goes back to
        for number, one in enumerate(events):
            if number == len(events) // 3:
                killed.kill()
            client.publish(one.topic, one.payload, qos=1)  # kept by paho while it is away
            time.sleep(0.002)
        assert until(lambda: len(acknowledged) == len(events), 240)
        assert until(lambda: _frames(database) >= len(events), 240), balance(database)
    found = balance(database)
    assert (found["stored"], _frames(database)) == (len(events), len(events))
    assert set(found) <= {"received", "stored", "merged"}


def _frames(database: Database) -> int:
    with database.connection() as connection:
        row = connection.execute("SELECT count(*) FROM frame").fetchone()
    return int(row[0]) if row else 0
