"""The broker as a source: acknowledged after the commit, bounded, through every loss."""

import pytest

from ingest.sources.mqtt import MqttBatch
from tests.ingest.sources.brokers import payloads, publish, publish_later, source, take, until
from tests.support.brokers import Broker, free_port

NUMBERED = [(f"t/{number % 7}", b"%d" % number) for number in range(500)]
STREAM = [("t/0", b"first"), *NUMBERED]
EXPECTED = [payload for _, payload in NUMBERED]


@pytest.mark.parametrize("buffered", [True, False], ids=["buffered", "plain paho"])
def test_what_was_not_committed_comes_again(broker: str, *, buffered: bool) -> None:
    with source(broker, buffered_socket=buffered) as first:
        batches = first.batches()
        publish_later(broker, first, STREAM)
        taken = take(batches, 501)
        assert payloads(taken)[1:] == EXPECTED
        assert {message.qos for batch in taken for message in batch.messages} == {1}
        received = [m.received_at for batch in taken for m in batch.messages]
        assert received == sorted(set(received))
        for batch in taken[:-1]:
            batch.commit()
        left = payloads(taken[-1:])
    with source(broker, buffered_socket=buffered) as second:
        again = take(second.batches(), len(left))
        assert payloads(again) == left
        assert all(message.duplicate for batch in again for message in batch.messages)
        assert second.stats().redelivered == len(left)
        for batch in again:
            batch.commit()
        assert until(lambda: second.stats().acknowledged == len(left))
    publish(broker, [("t/new", b"news")])
    with source(broker, buffered_socket=buffered) as third:
        assert payloads(take(third.batches(), 1)) == [b"news"]


def test_an_old_connection_acknowledges_nothing(broker_server: Broker) -> None:
    with source(broker_server.url) as made:
        batches = made.batches()
        publish_later(broker_server.url, made, STREAM)
        taken = take(batches, 501)
        broker_server.stop()
        assert until(lambda: not made.stats().connected)
        broker_server.start()
        assert until(lambda: made.stats().connections >= 2)
        for batch in taken:
            batch.commit()  # its identifiers belong to other messages by now
        again = take(batches, 501)
        assert sorted(payloads(again)) == sorted(payloads(taken))
        assert made.stats().acknowledged == 0
        for batch in again:
            batch.commit()
        assert until(lambda: made.stats().acknowledged == 501)


def test_an_abandoned_batch_comes_again(broker: str) -> None:
    with source(broker) as made:
        batches = made.batches()
        publish_later(broker, made, STREAM)
        taken = take(batches, 501)
        taken[-1].abandon()
        assert sorted(payloads(take(batches, 501))) == sorted(payloads(taken))


def test_what_waits_is_bounded_and_the_broker_holds_the_rest(broker: str) -> None:
    big = [("t/0", b"%04d" % number + bytes(20_000)) for number in range(400)]
    with source(broker, window_messages=30, batch_messages=10) as made:
        batches = made.batches()
        publish_later(broker, made, STREAM)
        take(batches, 501)
        publish(broker, big)
        most = 0
        found: list[MqttBatch] = []
        while len(payloads(found)) < len(big):
            most = max(most, made.stats().waiting)
            found += take(batches, 1)
            found[-1].commit()
        assert payloads(found) == [payload for _, payload in big]
        # one read of 256 kB may go beyond the window
        assert most <= 30 + 262_144 // 20_000 + 1


def test_a_consumer_that_stays_away_leaves_the_messages_to_the_broker(broker: str) -> None:
    with source(broker, keepalive_s=5) as made:
        batches = made.batches()
        publish_later(broker, made, STREAM)
        taken = take(batches, 501)
        assert until(lambda: not made.stats().connected)
        taken[-1].commit()  # too late
        again = take(batches, len(payloads(taken)))
        assert sorted(payloads(again)) == sorted(payloads(taken))
        assert made.stats().connections == 2


def test_a_broker_that_is_not_there_yet_is_waited_for() -> None:
    with source(f"mqtt://127.0.0.1:{free_port()}") as made:
        made.stop()
        assert list(made.batches()) == []


def test_stopping_hands_over_what_was_received(broker: str) -> None:
    with source(broker) as made:
        batches = made.batches()
        publish_later(broker, made, STREAM)
        first = take(batches, 1)
        assert until(lambda: made.stats().received == 501)
        made.stop()
        rest = list(batches)
        assert len(payloads(first + rest)) == 501
        for batch in first + rest:
            batch.commit()
    with source(broker) as again:
        publish(broker, [("t/x", b"only this")])
        assert payloads(take(again.batches(), 1)) == [b"only this"]


def test_what_was_received_outlives_the_broker(broker_server: Broker) -> None:
    """A broker that died has nothing to deliver again: what is here may be the only copy."""
    sent = [("t/a", b"%d" % number) for number in range(50)]
    with source(broker_server.url, batch_messages=10) as made:
        publish_later(broker_server.url, made, sent)
        batches = made.batches()
        found = take(batches, 10)
        assert until(lambda: made.stats().received == len(sent))
        broker_server.kill()
        assert until(lambda: not made.stats().connected)
        found += take(batches, len(sent) - 10)
        for batch in found:
            batch.commit()
        assert made.stats().acknowledged == 0
    assert payloads(found) == [payload for _, payload in sent]
