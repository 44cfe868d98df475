"""What we do below paho: it holds as long as paho's private names stand."""

import struct
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.message import Message
from ingest.sources.buffered_client import PRIVATE_NAMES, BufferedClient


def client(received: list[Message]) -> BufferedClient:
    return BufferedClient("test", received.extend, lambda: 1_000_000)


@pytest.mark.parametrize("name", PRIVATE_NAMES)
def test_paho_still_has_the_private_names_that_we_use(name: str) -> None:
    assert hasattr(client([]), name), (
        f"paho-mqtt moved {name}: set REVERBERE_INGEST_BUFFERED_SOCKET=off meanwhile"
    )


def packet(topic: bytes, payload: bytes, *, qos: int, token: int, flags: int = 0) -> bytes:
    body = struct.pack(">H", len(topic)) + topic
    body += struct.pack(">H", token) if qos else b""
    body += payload
    head, length = bytearray([0x30 | qos << 1 | flags]), len(body)
    while True:
        byte, length = length & 0x7F, length >> 7
        head.append(byte | (0x80 if length else 0))
        if not length:
            return bytes(head) + body


MESSAGES = st.tuples(
    st.text(min_size=1, max_size=9).map(lambda text: text.replace("\0", "x")),
    st.binary(max_size=300),
    st.integers(0, 1),
    st.integers(1, 65_535),
    st.sampled_from([0, 1, 8, 9]),
)


@settings(max_examples=200, deadline=None)
@given(messages=st.lists(MESSAGES, max_size=6), cuts=st.lists(st.integers(0, 2000), max_size=8))
def test_packets_may_be_cut_anywhere(
    messages: list[tuple[str, bytes, int, int, int]], cuts: list[int]
) -> None:
    stream = b"".join(
        packet(topic.encode(), payload, qos=qos, token=token, flags=flags)
        for topic, payload, qos, token, flags in messages
    )
    received: list[Message] = []
    reader = client(received)
    edges = sorted({0, len(stream), *(min(cut, len(stream)) for cut in cuts)})
    for start, end in pairwise(edges):
        reader._split(reader._rest + stream[start:end])
    assert [(m.topic, m.payload, m.qos, m.token, m.retained, m.duplicate) for m in received] == [
        (topic, payload, qos, token if qos else 0, bool(flags & 1), bool(flags & 8))
        for topic, payload, qos, token, flags in messages
    ]
    assert reader._rest == b""


def test_a_topic_that_is_no_text_ends_nothing() -> None:
    received: list[Message] = []
    client(received)._split(packet(b"\xff\xfe", b"x", qos=0, token=0))
    assert received[0].topic == "\ufffd\ufffd"


def test_acknowledgements_are_one_entry_in_order_of_receipt() -> None:
    sender = client([])
    sent: list[bytes] = []
    sender._packet_queue = lambda *entry: sent.append(entry[1])  # type: ignore[assignment,misc]
    sender.acknowledge([1, 258, 65_535])
    sender.acknowledge([])
    assert sent == [bytes.fromhex("40020001 40020102 4002FFFF")]
