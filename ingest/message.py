"""What a source hands over: messages in batches that are acknowledged as a whole."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec


class Message(msgspec.Struct, gc=False):
    """One delivery.

    Attributes
    ----------
    received_at : int
        At our door, or at the recorder's. [µs since 1970 UTC]
    qos : int
        0 or 1.
    retained : bool
        The broker's memory of the last value, not news.
    duplicate : bool
        The broker says that it may have delivered it before.
    token : int
        The source's own mark for the acknowledgement.
    """

    topic: str
    payload: bytes
    received_at: int
    qos: int = 0
    retained: bool = False
    duplicate: bool = False
    token: int = 0


class Batch(Protocol):
    """Messages that were received together, in order of receipt."""

    messages: Sequence[Message]

    def commit(self) -> None:
        """Acknowledge them all; does nothing if the connection that brought them is gone."""
        ...

    def abandon(self) -> None:
        """Leave them to be delivered again."""
        ...


class SourceStats(msgspec.Struct):
    """What a source counted since it started."""

    received: int = 0
    acknowledged: int = 0
    redelivered: int = 0
    waiting: int = 0
    """Received and not handed over yet."""
    connections: int = 0
    """How many times the connection was made."""
    connected: bool = False
    """Whether messages would reach us now."""


class Source(Protocol):
    """Where messages come from. The pipeline sees nothing else."""

    def batches(self) -> Iterator[Batch]:
        """Yield batches bounded by count, bytes and age, until stopped or exhausted."""
        ...

    def stats(self) -> SourceStats:
        """Return what was counted so far."""
        ...

    def stop(self) -> None:
        """End ``batches`` after what was received; callable from a signal handler."""
        ...

    def close(self) -> None:
        """Leave; what was not acknowledged will be delivered again."""
        ...
