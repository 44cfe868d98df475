"""Rejected messages once more, after a fix: through the same pipeline, counted where they belong.

A message that is taken now leaves the quarantine, and the ledger says of it what it says of any
other: of the minute in which it came, under the network that could read it. One that is rejected
again stays where it is. All of that is in the transaction that stores it, so nothing can be taken
twice and the ledger balances at every moment.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from ingest.compose import COPY
from ingest.fates import RECEIVED, Fates
from ingest.message import Message
from ingest.networks.instants import micros_of
from ingest.pipeline import Outcomes, Pipeline
from twin.model.states import Outcome
from twin.store.database import Database
from twin.store.quarantine import Kept, claim, release
from twin.store.telemetry_rows import LedgerRow, Rejected

AGAIN: Final = "again"
"""Reason in the ledger of a message that was stored out of the quarantine."""

_CHUNK: Final = 1_000


@dataclass(slots=True)
class Report:
    """What became of the messages that were tried again.

    Attributes
    ----------
    outcomes : Counter
        Different messages by outcome and reason; those still rejected with their reason of today.
    cut : int
        Messages that were too large to be kept whole, and cannot be tried.
    """

    outcomes: Outcomes = field(default_factory=Counter)
    cut: int = 0

    @property
    def taken(self) -> int:
        """How many left the quarantine."""
        return sum(n for (outcome, _), n in self.outcomes.items() if outcome != Outcome.REJECTED)


def take_again(
    database: Database,
    pipeline: Pipeline,
    *,
    ids: Sequence[int] | None = None,
    reason: str | None = None,
    source: str | None = None,
    tell: Callable[[Report], None] = lambda _: None,
) -> Report:
    """Try rejected messages again, oldest first.

    Parameters
    ----------
    pipeline : Pipeline
        As it is now: with the mapping, the profiles and the codecs after the fix.
    ids, reason, source
        Only those; all of the quarantine by default.
    tell : callable
        Hears the report so far after each thousand.

    Raises
    ------
    StoreError, psycopg.Error
        What was reported until then is done, the rest is as it was.
    """
    report, last = Report(), 0
    pipeline.ask_for_pen()
    while True:
        with database.connection() as connection:
            kept = claim(
                connection, after=last, limit=_CHUNK, ids=ids, reason=reason, source=source
            )
        if not kept:
            return report
        last = kept[-1].id
        whole = {one.id: one for one in kept if one.whole}
        report.cut += len(kept) - len(whole)
        pipeline.fates = lambda messages, whole=whole: Retaken(messages, whole)  # type: ignore[misc] # bound now
        report.outcomes += pipeline.take([_message(one) for one in whole.values()])
        tell(report)


def _message(kept: Kept) -> Message:
    return Message(kept.topic, kept.raw, micros_of(kept.received_at), qos=1, token=kept.id)


class Retaken(Fates):
    """Messages that were counted before; their token is their number in the quarantine."""

    def __init__(self, messages: Sequence[Message], kept: Mapping[int, Kept]) -> None:
        super().__init__(messages)
        self._kept = [kept[message.token] for message in messages]

    def ledger(self) -> list[LedgerRow]:
        """Return what the ledger says from now on: one taken, its repetitions merged into it."""
        rows: Counter[tuple[str, int, str, str]] = Counter()
        for source, kept, (outcome, reason) in self._taken():
            first = (outcome, AGAIN if outcome is Outcome.STORED else reason)
            rest = (Outcome.MERGED, COPY) if outcome is Outcome.STORED else (outcome, reason)
            for number, (minute, _, count) in enumerate(kept.counted):
                at = micros_of(minute)
                rows[source, at, RECEIVED, ""] += count
                rows[source, at, *rest] += count - (number == 0)
                rows[source, at, *first] += number == 0
        return _rows(rows)

    def rejected(self, keep_bytes: int) -> list[Rejected]:  # noqa: ARG002 - as in Fates
        """Return nothing: what is rejected again is there."""
        return []

    def settle(self, connection: Connection[TupleRow]) -> None:
        """Let those that were taken out of the quarantine, and out of its share of the ledger."""
        taken = [kept for _, kept, _ in self._taken()]
        rows: Counter[tuple[str, int, str, str]] = Counter()
        for kept in taken:
            for minute, reason, count in kept.counted:
                rows[kept.source, micros_of(minute), RECEIVED, ""] += count
                rows[kept.source, micros_of(minute), Outcome.REJECTED, reason] += count
        release(connection, [kept.id for kept in taken], _rows(rows))

    def _taken(self) -> list[tuple[str, Kept, tuple[Outcome, str]]]:
        every = zip(self.sources, self._kept, self._ended(), strict=True)
        return [one for one in every if one[2][0] is not Outcome.REJECTED]


def _rows(counts: Counter[tuple[str, int, str, str]]) -> list[LedgerRow]:
    return [LedgerRow(*key, count) for key, count in counts.items() if count]
