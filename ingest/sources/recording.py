"""Messages from files: the same every time, at the speed of the reader."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.message import Message, SourceStats
from ingest.networks.instants import datetime_of
from twin.clock import VirtualClock


@dataclass(slots=True)
class RecordedBatch:
    """A slice of a recording; nobody waits for its acknowledgement."""

    messages: Sequence[Message]
    stats: SourceStats

    def commit(self) -> None:
        """Count it as taken."""
        self.stats.acknowledged += len(self.messages)

    def abandon(self) -> None:
        """Leave it: a recording can be read again."""


class RecordingSource:
    """Hands over a recording in batches.

    Parameters
    ----------
    messages : iterable of Message
        In order, e.g. of ``ingest.recordings.read_recording``.
    batch_messages : int
        Size of the batches.
    clock : VirtualClock, optional
        Moved to the reception of each batch's last message before it is handed over.
    """

    def __init__(
        self,
        messages: Iterable[Message],
        batch_messages: int = 10_000,
        clock: VirtualClock | None = None,
    ) -> None:
        self._messages = iter(messages)
        self._size = batch_messages
        self._clock = clock
        self._stats = SourceStats(connections=1, connected=True)
        self._stopped = False

    def batches(self) -> Iterator[RecordedBatch]:
        """Yield the recording, batch by batch."""
        batch: list[Message] = []
        for message in self._messages:
            batch.append(message)
            if len(batch) >= self._size:
                yield self._handed(batch)
                batch = []
            if self._stopped:
                return
        if batch:
            yield self._handed(batch)

    def _handed(self, batch: list[Message]) -> RecordedBatch:
        self._stats.received += len(batch)
        if self._clock is not None:
            self._clock.move_to(datetime_of(batch[-1].received_at))
        return RecordedBatch(batch, self._stats)

    def stats(self) -> SourceStats:
        """Return what was handed over."""
        return self._stats

    def stop(self) -> None:
        """End after the batch under way."""
        self._stopped = True

    def close(self) -> None:
        """Nothing to leave."""
        self._stats.connected = False
