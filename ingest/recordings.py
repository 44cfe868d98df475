"""Recordings of messages in files, and captures made by others, as messages.

One JSON object a line, gzip-compressed where the name ends in ``.gz``::

    {"received_at": 1763582072123456, "topic": "application/…/event/up", "payload": "eyJk…",
     "qos": 1, "retained": false}

``received_at`` is µs since 1970 UTC, ``payload`` base64. Captures of ChirpStack v3 and of Helium
(one event a line, with ``_timestamp`` in ms) are taken as they are: each line is the payload of a
message on its network's topic. So are an operator's exports of receptions, which are text (see
``ingest.exports``).
"""

import base64
import gzip
import zlib
from collections.abc import Iterator
from io import BufferedWriter
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self
from zoneinfo import ZoneInfo

import msgspec

from ingest.exports import SAMPLE, head_of, read_export
from ingest.message import Message
from ingest.networks.identifiers import base64_bytes, eui
from ingest.read import unwrapped
from twin.errors import RecordingInvalid

_LONGEST_LINE: Final = 4_000_000
_LARGEST_EXPORT: Final = 64 << 20
_PACKED: Final = b"\x1f\x8b"
_PARIS: Final = ZoneInfo("Europe/Paris")


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


def read_recording(path: Path, zone: ZoneInfo = _PARIS) -> Iterator[Message]:
    """Yield the messages of a recording or of a capture, in the order of the file.

    Those of an export of receptions come oldest first.

    Parameters
    ----------
    zone : ZoneInfo
        Of the hours in exports that do not say theirs.

    Raises
    ------
    RecordingInvalid
        Which line cannot be read and why.
    """
    head = head_of(path, _beginning(path))
    if head is not None:
        yield from read_export(path, _whole(path), head, zone)
        return
    received_at = 0
    with _open(path) as file:
        try:
            for number, line in enumerate(_lines(file, path), 1):
                if line.strip():
                    message = _message(path, number, line.rstrip(b"\r\n"), received_at)
                    received_at = message.received_at
                    yield unwrapped(message) or message
        except _BROKEN as error:
            raise RecordingInvalid(str(path), 0, f"cannot be read: {error}") from error


def is_recording(path: Path) -> bool:
    """Whether ``read_recording`` would take a file, by its beginning."""
    try:
        beginning = _beginning(path)
        head = head_of(path, beginning)
        if head is not None:
            return not head.missing
        first = next((line for line in beginning.splitlines() if line.strip()), b"")
        return bool(_message(path, 1, first, 0).topic)
    except RecordingInvalid:
        return False


_BROKEN: Final = (OSError, EOFError, zlib.error)


def _open(path: Path) -> IO[bytes]:
    """Open a file, unpacking what is packed, whatever it is called."""
    try:
        with path.open("rb") as file:
            packed = path.suffix == ".gz" or file.read(2) == _PACKED
        return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value] # GzipFile reads bytes
    except OSError as error:
        raise RecordingInvalid(str(path), 0, f"cannot be opened: {error.strerror}") from error


def _beginning(path: Path) -> bytes:
    return _some(path, SAMPLE)


def _whole(path: Path) -> bytes:
    raw = _some(path, _LARGEST_EXPORT + 1)
    if len(raw) > _LARGEST_EXPORT:
        raise RecordingInvalid(
            str(path), 0, "an export of more than 64 MB: split it, by month for example"
        )
    return raw


def _some(path: Path, size: int) -> bytes:
    with _open(path) as file:
        try:
            return file.read(size)
        except _BROKEN as error:
            raise RecordingInvalid(str(path), 0, f"cannot be read: {error}") from error


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
                "neither a recorded message (received_at, topic, payload), nor an event of a "
                "capture, nor the head of an export of receptions"
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
