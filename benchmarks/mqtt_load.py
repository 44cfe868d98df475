"""Bare MQTT 3.1.1 packets: the load, and what receiving them costs at least.

``python -m benchmarks.mqtt_load URL COUNT DEVICES WARM TROUBLE RATE`` writes pre-encoded PUBLISH
packets at QoS 1 with a window of unacknowledged ones; see ``benchmarks.ingest_load.Load``.
"""

import random
import socket
import struct
import sys
import threading
import time
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from benchmarks.events import lamp_events

WINDOW = 4_000
_CHUNK = 64


def connect(url: str, client_id: str, *, clean: bool = True) -> socket.socket:
    """Open a connection and wait for the broker's answer."""
    address = urlsplit(url)
    link = socket.create_connection((address.hostname, address.port or 1883))
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    flags, body = (2 if clean else 0), _text(client_id)
    if address.username:
        flags |= 0xC0
        body += _text(unquote(address.username)) + _text(unquote(address.password or ""))
    head = _text("MQTT") + bytes([4, flags]) + struct.pack(">H", 300)
    link.sendall(packet(0x10, head + body))
    answer = link.recv(4)
    assert answer == b"\x20\x02\x00\x00", answer
    return link


def forget(url: str, client_id: str) -> None:
    """End a persistent session: the broker stops queueing for a client that will not come back."""
    with connect(url, client_id) as link:
        link.sendall(packet(0xE0, b""))


def packet(kind: int, body: bytes) -> bytes:
    """Put the fixed header before a packet's body."""
    length, head = len(body), bytearray([kind])
    while True:
        byte, length = length & 0x7F, length >> 7
        head.append(byte | (0x80 if length else 0))
        if not length:
            return bytes(head) + body


def publish_packets(messages: Sequence[tuple[str, bytes]]) -> list[bytes]:
    """Encode messages at QoS 1, identifiers going round."""
    return [
        packet(0x32, _text(topic) + struct.pack(">H", number % 65_535 + 1) + payload)
        for number, (topic, payload) in enumerate(messages)
    ]


def publish(url: str, packets: Sequence[bytes], *, rate: float | None = None) -> float:
    """Send packets as fast as the window, or the rate, lets them; return the seconds it took."""
    link = connect(url, f"load-{random.getrandbits(32):x}")
    room = threading.Semaphore(WINDOW)
    left = len(packets)

    def acknowledgements() -> None:
        waiting = left * 4
        while waiting:
            data = link.recv(65_536)
            waiting -= len(data)
            for _ in range(len(data) // 4):
                room.release()

    reader = threading.Thread(target=acknowledgements, daemon=True)
    began = time.perf_counter()
    reader.start()
    for at in range(0, len(packets), _CHUNK):
        chunk = packets[at : at + _CHUNK]
        for _ in chunk:
            room.acquire()
        link.sendall(b"".join(chunk))
        if rate is not None:
            time.sleep(max(0.0, began + (at + len(chunk)) / rate - time.perf_counter()))
    reader.join()
    took = time.perf_counter() - began
    link.sendall(b"\xe0\x00")
    link.close()
    return took


def receive_nothing_stored(url: str, topics: Sequence[str], count: int) -> float:
    """Receive and acknowledge ``count`` messages at QoS 1; return the seconds from the first."""
    link = connect(url, f"bare-{random.getrandbits(32):x}")
    body = b"\x00\x01" + b"".join(_text(topic) + b"\x01" for topic in topics)
    link.sendall(packet(0x82, body))
    rest, seen, began = b"", 0, 0.0
    while seen < count:
        rest += link.recv(262_144)
        acknowledged, rest = _acknowledge(rest)
        if acknowledged:
            began = began or time.perf_counter()
            seen += len(acknowledged) // 4
            link.sendall(acknowledged)
    link.close()
    return time.perf_counter() - began


def _acknowledge(buffer: bytes) -> tuple[bytes, bytes]:
    answers, at, end = [], 0, len(buffer)
    while end - at >= 5:
        length, start, shift = 0, at + 1, 0
        while True:
            byte = buffer[start]
            length |= (byte & 0x7F) << shift
            start, shift = start + 1, shift + 7
            if byte < 0x80 or start >= end:
                break
        if start + length > end:
            break
        if buffer[at] & 0xF0 == 0x30:
            topic = buffer[start] << 8 | buffer[start + 1]
            answers.append(b"\x40\x02" + buffer[start + 2 + topic : start + 4 + topic])
        at = start + length
    return b"".join(answers), buffer[at:]


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">H", len(raw)) + raw


def troubled(messages: Sequence[tuple[str, bytes]], seed: int = 1) -> list[tuple[str, bytes]]:
    """Return a stream with 5 % duplicates, disorder over some hundred messages, 1 % garbage."""
    dice = random.Random(seed)
    count = len(messages)
    placed = [(float(place), message) for place, message in enumerate(messages)]
    copies = dice.sample(messages, count // 20)
    garbage = [
        ("application/a/device/b/event/up", b'{"broken":%d' % n) for n in range(count // 100)
    ]
    placed += [(dice.uniform(0, count), message) for message in (*copies, *garbage)]
    placed.sort(key=lambda pair: pair[0] + dice.uniform(0, 200))
    return [message for _, message in placed]


def main(arguments: Sequence[str]) -> None:
    """Publish from a process of its own, in two parts; each waits for a line on standard input."""
    url, count, devices, warm, trouble = arguments[0], *map(int, arguments[1:5])
    rate = float(arguments[5]) or None
    events = [(topic, payload) for topic, payload, _ in lamp_events(count, devices)]
    packets = publish_packets(troubled(events) if trouble else events)
    print("ready", flush=True)
    for part in (packets[:warm], packets[warm:]):
        if part:
            sys.stdin.readline()
            publish(url, part, rate=rate)


if __name__ == "__main__":
    main(sys.argv[1:])
