"""Recordings of messages in files, and captures made by others, as messages.

One JSON object a line, gzip-compressed where the name ends in ``.gz``::

    {"received_at": 1763582072123456, "topic": "application/…/event/up", "payload": "eyJk…",
     "qos": 1, "retained": false}

``received_at`` is µs since 1970 UTC, ``payload`` base64. Captures of ChirpStack v3 and of Helium
(one event a line, with ``_timestamp`` in ms) are taken as they are: each line is the payload of a
message on its network's topic.
"""

import base64
import gzip
from collections.abc import Iterator
from io import BufferedWriter
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from ingest.message import Message
from ingest.networks.identifiers import base64_bytes, eui
from ingest.read import unwrapped
from twin.errors import RecordingInvalid

_LONGEST_LINE = 4_000_000


class Line(msgspec.Struct, frozen=True):
    """One recorded message."""

    received_at: int
    topic: str
    payload: str
    qos: int = 0
    retained: bool = False


class _Captured(msgspec.Struct):
    logged_at: int = msgspec.field(name="_timestamp")
    topic: str = msgspec.field(default="", name="_topic")
    dev_eui: str = ""


_line = msgspec.json.Decoder(Line)
_captured = msgspec.json.Decoder(_Captured)
_encode = msgspec.json.Encoder().encode


def read_recording(path: Path) -> Iterator[Message]:
    """Yield the messages of a recording or of a capture, in the order of the file.

    Raises
    ------
    RecordingInvalid
        Which line cannot be read and why.
    """
    received_at = 0
    with _open(path) as file:
        try:
            for number, line in enumerate(_lines(file, path), 1):
                if line.strip():
                    message = _message(path, number, line.rstrip(b"\r\n"), received_at)
                    received_at = message.received_at
                    yield unwrapped(message) or message
        except (OSError, EOFError, gzip.BadGzipFile) as error:
            raise RecordingInvalid(str(path), 0, f"cannot be read: {error}") from error


def _open(path: Path) -> IO[bytes]:
    try:
        return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value] # GzipFile reads bytes
    except OSError as error:
        raise RecordingInvalid(str(path), 0, f"cannot be opened: {error.strerror}") from error


def _lines(file: IO[bytes], path: Path) -> Iterator[bytes]:
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE:
            raise RecordingInvalid(str(path), number, "the line is longer than 4 MB")
        yield line


def _message(path: Path, number: int, line: bytes, received_at: int) -> Message:
    try:
        return _recorded(line) or _of_capture(line, received_at)
    except ValueError as error:
        raise RecordingInvalid(str(path), number, str(error)) from error


def _recorded(line: bytes) -> Message | None:
    try:
        read = _line.decode(line)
    except msgspec.DecodeError:
        return None
    payload = base64_bytes(read.payload)
    if payload is None:
        raise ValueError("'payload' is not base64")
    return Message(read.topic, payload, read.received_at, read.qos, read.retained)


def _of_capture(line: bytes, received_at: int) -> Message:
    """Take a line of a capture as the payload it is; what is no capture's is told."""
    try:
        found = _captured.decode(line)
    except msgspec.DecodeError:
        if not received_at:
            raise ValueError(
                "neither a recorded message (received_at, topic, payload) nor an event of a capture"
            ) from None
        return Message("capture/unreadable", line, received_at + 1, 1)  # ingest says why
    at = max(found.logged_at * 1000, received_at + 1)
    topic = found.topic or f"helium/{eui(found.dev_eui) or 'unknown'}/rx"
    return Message(topic, line, at, 1)


class Recorder:
    """Writes messages to a recording as they come.

    Parameters
    ----------
    path : Path
        Written anew; compressed where its name ends in ``.gz``.
    """

    def __init__(self, path: Path) -> None:
        self._file: gzip.GzipFile | BufferedWriter = (
            gzip.GzipFile(path, "wb", compresslevel=4) if path.suffix == ".gz" else path.open("wb")
        )
        self.messages = 0

    def write(self, message: Message) -> None:
        """Append one message; a replayed one as it first was."""
        message = unwrapped(message) or message
        payload = base64.b64encode(message.payload).decode()
        line = Line(message.received_at, message.topic, payload, message.qos, message.retained)
        self._file.write(_encode(line) + b"\n")
        self.messages += 1

    def close(self) -> None:
        """Write what is left and close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
