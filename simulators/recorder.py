"""Record what the town publishes: one JSON object a line, the same bytes for the same seed.

The lines are those of ``ingest.recordings``: ``received_at`` (µs since 1970 UTC), ``topic``,
``payload`` (base64), ``qos``, ``retained``. A name that ends in ``.gz`` is compressed.
"""

import base64
import gzip
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import orjson

from simulators.message import Message

_ON_THE_WAY_US = 180_000
"""From the gateway's antenna to the recorder: the server waits for copies, then publishes. [µs]"""


class Recorder:
    """Writes messages to a file, line by line.

    Parameters
    ----------
    path : Path
        Made anew.
    """

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes]
        if path.suffix == ".gz":
            # neither the name nor the time of writing goes into the header: same town, same bytes
            raw = path.open("wb")
            self._file = gzip.GzipFile("", "wb", 6, raw, mtime=0)  # type: ignore[assignment] # an IO of bytes
            self._raw: IO[bytes] | None = raw
        else:
            self._file, self._raw = path.open("wb"), None
        self.count = 0

    def write(self, messages: Iterable[Message]) -> None:
        """Add messages."""
        for message in messages:
            self._file.write(line_of(message))
            self.count += 1

    def close(self) -> None:
        """Finish the file."""
        self._file.close()
        if self._raw is not None:
            self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def line_of(message: Message) -> bytes:
    """Return one line of a recording."""
    line = {
        "received_at": message.at + _ON_THE_WAY_US,
        "topic": message.topic,
        "payload": base64.b64encode(message.payload).decode(),
        "qos": 1,
        "retained": False,  # the flag of a delivery: a listener who was there hears it live
    }
    return orjson.dumps(line) + b"\n"
