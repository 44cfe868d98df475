"""paho-mqtt with one read for many packets, and one write for many acknowledgements.

paho asks the socket for the header, the length and the body of each packet. Here 256 kB are read at
once; PUBLISH packets are taken straight from that buffer, all others go paho's own way. This
reaches into private names of paho (``PRIVATE_NAMES``): the minor version is pinned, a test fails
when they move, and the setting ``REVERBERE_INGEST_BUFFERED_SOCKET=off`` falls back to plain paho.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from ingest.message import Message

PRIVATE_NAMES: Final = (
    "_sock_recv",
    "_in_packet",
    "_packet_handle",
    "_packet_queue",
    "_loop_rc_handle",
    "_last_bytes_received",
    "_msgtime_mutex",
    "_send_pingreq",
    "_ping_t",
)
_READ: Final = 262_144
_PUBLISH: Final = 0x30
_PUBACK: Final = 0x40
_LONGEST_LENGTH: Final = 4


class IngestClient(Client):
    """An MQTT 3.1.1 client with a persistent session and manual acknowledgement; plain paho.

    Parameters
    ----------
    client_id : str
        Fixed name at the broker.
    receive : callable
        Called with the messages of one read.
    now_us : callable
        The clock that stamps them. [µs since 1970 UTC]

    Attributes
    ----------
    refusal : str or None
        Why the broker did not take us, after a handshake that failed.
    listening : bool
        Whether the broker has said that it sends us what we asked for.
    """

    def __init__(
        self,
        client_id: str,
        receive: Callable[[list[Message]], None],
        now_us: Callable[[], int],
    ) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        self._receive = receive
        self._now_us = now_us
        self._last_stamp = 0  # no two messages at one instant: readings are told apart by it
        self.refusal: str | None = None
        self.listening = False
        self.on_connect = self._answered
        self.on_subscribe = self._subscribed
        self.on_message = self._delivered

    def _answered(self, *answer: Any) -> None:
        reason = answer[3]  # client, userdata, flags, reason, properties
        self.refusal = str(reason) if reason.is_failure else None
        self.listening = False

    def _subscribed(self, *_answer: Any) -> None:
        self.listening = True

    def _delivered(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        topic = message._topic.decode("utf-8", "replace")  # noqa: SLF001 - the property raises on bytes that are no text
        flags = (message.qos, message.retain, message.dup)
        payload = bytes(message.payload)
        self._last_stamp = max(self._now_us(), self._last_stamp + 1)
        self._receive([Message(topic, payload, self._last_stamp, *flags, message.mid)])

    def forget_partial(self) -> None:
        """Drop the beginning of a packet that a lost connection left behind."""

    def acknowledge(self, tokens: Sequence[int]) -> None:
        """Send the PUBACKs of these messages, in order."""
        for token in tokens:
            self.ack(token, 1)

    def ask_for_sign(self) -> None:
        """Ask the broker for a sign; its answer comes after it has read all that we sent."""
        self._send_pingreq()

    @property
    def sign_received(self) -> bool:
        """Whether the answer has come."""
        return bool(self._ping_t == 0)


class BufferedClient(IngestClient):
    """The same, reading and acknowledging by the handful."""

    _rest = b""

    def forget_partial(self) -> None:
        """Drop the beginning of a packet that a lost connection left behind."""
        self._rest = b""

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:  # noqa: ARG002 - paho's signature
        """Read what the socket has, at most one buffer, and handle its packets."""
        if self.socket() is None:
            return MQTTErrorCode.MQTT_ERR_NO_CONN
        try:
            data = self._sock_recv(_READ)
        except BlockingIOError:
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        except OSError:
            data = b""
        if not data:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        with self._msgtime_mutex:
            self._last_bytes_received = time.monotonic()
        rc = self._split(self._rest + data if self._rest else data)
        return self._loop_rc_handle(rc) if rc else rc

    def _split(self, buffer: bytes) -> MQTTErrorCode:
        """Cut the buffer into packets; what is left begins the next one."""
        messages: list[Message] = []
        at, end = 0, len(buffer)
        now = max(self._now_us(), self._last_stamp + 1)
        rc = MQTTErrorCode.MQTT_ERR_SUCCESS
        while end - at >= 2 and not rc:
            length, start = buffer[at + 1], at + 2
            if length & 0x80:
                long = _long_length(buffer, at + 1)
                if long is None:
                    break
                length, start = long
            stop = start + length
            if stop > end:
                break
            command = buffer[at]
            if command & 0xF0 == _PUBLISH:
                messages.append(_message(command, buffer, start, stop, now + len(messages)))
            else:
                rc = self._hand_to_paho(command, buffer[start:stop])
            at = stop
        self._rest = buffer[at:]
        if messages:
            self._last_stamp = messages[-1].received_at
            self._receive(messages)
        return rc

    def _hand_to_paho(self, command: int, body: bytes) -> MQTTErrorCode:
        packet: dict[str, Any] = {
            "command": command,
            "have_remaining": 1,
            "remaining_count": [],
            "remaining_mult": 1,
            "remaining_length": len(body),
            "packet": bytearray(body),
            "to_process": 0,
            "pos": 0,
        }
        self._in_packet = packet  # type: ignore[assignment] # paho's own typed dict is private
        return self._packet_handle()

    def acknowledge(self, tokens: Sequence[int]) -> None:
        """Send the PUBACKs of these messages, in order, as one entry of the write queue."""
        identifiers = np.array(tokens, ">u2")
        if len(identifiers):
            packets = np.empty(len(identifiers), [("head", ">u2"), ("token", ">u2")])
            packets["head"] = _PUBACK << 8 | 2
            packets["token"] = identifiers
            self._packet_queue(_PUBACK, packets.tobytes(), 0, 0)


def _long_length(buffer: bytes, at: int) -> tuple[int, int] | None:
    """Return a packet's length and where its body starts; None: not all of it is there yet."""
    length = shift = 0
    for offset in range(_LONGEST_LENGTH):
        if at + offset >= len(buffer):
            return None
        byte = buffer[at + offset]
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return length, at + offset + 1
    return length, at + _LONGEST_LENGTH


def _message(command: int, buffer: bytes, start: int, stop: int, received_at: int) -> Message:
    body = start + 2 + (buffer[start] << 8 | buffer[start + 1])
    topic = buffer[start + 2 : body].decode("utf-8", "replace")
    qos = command >> 1 & 3
    token = 0
    if qos:
        token = buffer[body] << 8 | buffer[body + 1]
        body += 2
    return Message(
        topic, buffer[body:stop], received_at, qos, command & 1 == 1, command & 8 == 8, token
    )
