"""Rejected messages on their way back: claimed, counted anew, released, in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow

from twin.errors import LedgerOutOfStep
from twin.store.sql import statement
from twin.store.telemetry_rows import LedgerRow
from twin.store.telemetry_writer import ledger_columns


class Kept(NamedTuple):
    """One rejected message.

    Attributes
    ----------
    raw : bytes
        Its first bytes; all of them where ``raw_bytes`` says no more.
    received_at : datetime
        The first time.
    counted : list of (datetime, str, int)
        Minute of reception, reason and how often: what the ledger says of it.
    """

    id: int
    source: str
    topic: str
    reason: str
    raw: bytes
    raw_bytes: int
    received_at: datetime
    counted: list[tuple[datetime, str, int]]

    @property
    def whole(self) -> bool:
        """Whether all of its bytes were kept."""
        return len(self.raw) == self.raw_bytes


def claim(
    connection: Connection[TupleRow],
    *,
    after: int = 0,
    limit: int = 1_000,
    ids: Sequence[int] | None = None,
    reason: str | None = None,
    source: str | None = None,
) -> list[Kept]:
    """Return rejected messages, oldest first; whoever will release them holds the pen."""
    asked = {
        "after": after,
        "limit": limit,
        "ids": None if ids is None else list(ids),
        "reason": reason,
        "source": source,
    }
    kept = []
    for *facts, minutes, reasons, counts in connection.execute(
        statement("quarantine/claim"), asked
    ):
        kept.append(Kept._make([*facts, list(zip(minutes, reasons, counts, strict=True))]))
    return kept


def release(
    connection: Connection[TupleRow], ids: Sequence[int], counted: Sequence[LedgerRow]
) -> None:
    """Let messages out of the quarantine that were taken after all.

    Parameters
    ----------
    counted : sequence of LedgerRow
        What the ledger said of them until now, and no longer says.

    Raises
    ------
    LedgerOutOfStep
        It did not say so, or somebody else has let them out meanwhile.
    """
    if not ids:
        return
    gone = connection.execute(statement("quarantine/release"), {"ids": list(ids)}).fetchall()
    row = connection.execute(
        statement("quarantine/take_from_ledger"), ledger_columns(counted)
    ).fetchone()
    found = 0 if row is None else int(row[0])
    if len(gone) != len(ids) or found != len(counted):
        raise LedgerOutOfStep(len(counted), found)
