"""What became of each message of a batch: exactly one outcome, so the ledger balances.

``received = stored + merged + rejected + ignored``, for each source and minute of reception.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from ingest.message import Message
from ingest.networks import UNKNOWN
from twin.model.states import Outcome
from twin.store.telemetry_rows import LedgerRow, Rejected

RECEIVED: Final = "received"
_MINUTE_US: Final = 60_000_000
_TEXT: Final = 500


class Fates:
    """The outcomes of one batch, by message.

    Attributes
    ----------
    messages : list of Message
        As they first were: replayed ones with the topic and the instant of their recording.
    sources : list of str
        The network that read each message.
    """

    def __init__(self, messages: Sequence[Message]) -> None:
        self.messages = list(messages)
        self.sources = [UNKNOWN] * len(messages)
        self._ends: list[tuple[Outcome, str] | None] = [None] * len(messages)
        self._details: dict[int, str] = {}

    def end(self, index: int, outcome: Outcome, reason: str = "") -> None:
        """Say how a message ended; a later word replaces an earlier one."""
        self._ends[index] = (outcome, reason)

    def end_all(self, indices: Sequence[int], outcome: Outcome, reason: str = "") -> None:
        """Say how many messages ended."""
        end = (outcome, reason)
        for index in indices:
            self._ends[index] = end

    def reject(self, index: int, reason: str, detail: str = "") -> None:
        """Send a message to the quarantine."""
        self.end(index, Outcome.REJECTED, reason)
        self._details[index] = detail

    def open(self) -> Iterator[tuple[int, Message]]:
        """Yield the messages that have not ended, each with its index."""
        for index, message in enumerate(self.messages):
            if self._ends[index] is None:
                yield index, message

    def counts(self) -> Counter[tuple[Outcome, str]]:
        """Return how many messages ended how, over all sources and minutes."""
        return Counter(self._ended())

    def ledger(self) -> list[LedgerRow]:
        """Return the ledger's rows, what was received included."""
        minutes = [message.received_at // _MINUTE_US for message in self.messages]
        received = Counter(zip(self.sources, minutes, strict=True))
        ended = Counter(zip(self.sources, minutes, self._ended(), strict=True))
        rows = [
            LedgerRow(source, minute * _MINUTE_US, RECEIVED, "", count)
            for (source, minute), count in received.items()
        ]
        rows += [
            LedgerRow(source, minute * _MINUTE_US, outcome, reason, count)
            for (source, minute, (outcome, reason)), count in ended.items()
        ]
        return rows

    def rejected(self, keep_bytes: int) -> list[Rejected]:
        """Return the rejected messages for the quarantine, equal ones of a minute together.

        Parameters
        ----------
        keep_bytes : int
            How much of each message is kept.
        """
        rows: dict[tuple[str, str, bytes, int, str], Rejected] = {}
        for index, end in enumerate(self._ends):
            if end is None or end[0] is not Outcome.REJECTED:
                continue
            message, source = self.messages[index], self.sources[index]
            digest = sha256(message.payload).digest()
            topic = _text(message.topic)
            key = (source, topic, digest, message.received_at // _MINUTE_US, end[1])
            known = rows.get(key)
            if known is not None:
                first = min(known.received_at, message.received_at)
                row = known._replace(times=known.times + 1, received_at=first)
            else:
                row = Rejected(
                    source=source,
                    topic=topic,
                    reason=end[1],
                    detail=_text(self._details.get(index, "")),
                    raw=message.payload[:keep_bytes],
                    raw_bytes=len(message.payload),
                    raw_sha256=digest,
                    received_at=message.received_at,
                    times=1,
                )
            rows[key] = row
        return [rows[key] for key in sorted(rows)]

    def settle(self, connection: Connection[TupleRow]) -> None:
        """Do what else becomes of them, in the transaction that stores them: nothing."""

    def _ended(self) -> list[tuple[Outcome, str]]:
        missing = sum(end is None for end in self._ends)
        if missing:
            raise AssertionError(f"{missing} messages of the batch have no outcome")
        return [end for end in self._ends if end is not None]


def _text(text: str) -> str:
    """Make a text fit for the store: no NUL, no lone surrogate, not too long."""
    return text[:_TEXT].replace("\0", "�").encode("utf-8", "replace").decode("utf-8")
