"""Events of a batch: when they happened, which were told before, what they say of orders."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from psycopg import Connection
from psycopg.rows import TupleRow

from ingest.message import Message
from ingest.networks.instants import columns, datetime_of
from ingest.networks.records import NO_TIME, Event
from ingest.settings import IngestSettings
from ingest.times import Flags, Ints, settle
from ingest.uplinks import GUESSED_QUALITY, LATE_QUALITY, hashes
from twin.model.states import CommandState
from twin.store import commands
from twin.store.telemetry_rows import Event as EventRow

_DAY_US = 86_400_000_000

LastStates = Callable[[Sequence[str]], Mapping[str, int]]
"""Gateways → the copy key of the newest state that the store has of each."""


@dataclass(slots=True)
class Happened:
    """Events worth keeping, one an index.

    Attributes
    ----------
    records : list of Event
        As read.
    messages : list of int
        Index of each one's message.
    event_at, received_at, copy_key : int64 array
        [µs since 1970 UTC], hash of what makes two deliveries the same event.
    quality : int64 array
        Bits that a reading inherits.
    merged : list of int
        Messages that told again what was known.
    """

    records: list[Event]
    messages: list[int]
    event_at: Ints
    received_at: Ints
    copy_key: Ints
    quality: Ints
    merged: list[int]

    def rows(self) -> list[EventRow]:
        """Return them as the store takes them."""
        return [
            EventRow(
                event_at=int(self.event_at[row]),
                copy_key=int(self.copy_key[row]),
                subject=record.subject,
                kind=record.kind,
                detail=record.detail.decode("utf-8", "replace"),
                received_at=int(self.received_at[row]),
            )
            for row, record in enumerate(self.records)
        ]

    def follow_orders(self, connection: Connection[TupleRow]) -> None:
        """Move on the orders that these events speak of, in their transaction."""
        for row, record in enumerate(self.records):
            order = _uuid(record.command_id)
            if order is not None:
                commands.advance(
                    connection,
                    order,
                    CommandState(record.outcome),
                    at=datetime_of(int(self.event_at[row])),
                    source="gateway" if record.kind == "txack" else "network",
                    reason=record.reason,
                )


def events_of(
    found: Sequence[tuple[int, Event]],
    messages: Sequence[Message],
    settings: IngestSettings,
    last_states: LastStates,
) -> Happened:
    """Settle the times of a batch's events and leave out those that were told before."""
    records = [record for _, record in found]
    received = np.array([messages[number].received_at for number, _ in found], np.int64)
    told = columns([record.at for record in records]) if records else received
    none = np.full(len(records), NO_TIME)
    times = settle(none, told, none, received, settings.oldest_days * _DAY_US)
    late = received - times.event_at > settings.late_after_s * 1_000_000
    keys = hashes([_identity(record) for record in records])
    timeless = told == NO_TIME
    again = np.array(
        [messages[number].retained or messages[number].duplicate for number, _ in found], bool
    )
    known = _known_states(records, keys, timeless & again, last_states)
    kept: dict[tuple[int, int], int] = {}
    merged = []
    for row, (number, _) in enumerate(found):
        key = int(times.event_at[row]), int(keys[row])
        if row in known or key in kept:
            merged.append(number)
        else:
            kept[key] = row
    rows = list(kept.values())
    return Happened(
        records=[records[row] for row in rows],
        messages=[found[row][0] for row in rows],
        event_at=times.event_at[rows],
        received_at=received[rows],
        copy_key=keys[rows],
        quality=(times.guessed * GUESSED_QUALITY | late * LATE_QUALITY)[rows],
        merged=merged,
    )


def _known_states(
    records: Sequence[Event], keys: Ints, doubtful: Flags, last_states: LastStates
) -> set[int]:
    """Return the rows that repeat the state which the store has: a broker's memory is no news."""
    rows = np.flatnonzero(doubtful).tolist()
    if not rows:
        return set()
    last = last_states(sorted({records[row].subject for row in rows}))
    return {row for row in rows if last.get(records[row].subject) == int(keys[row])}


def _identity(event: Event) -> bytes:
    head = f"{event.network} {event.kind} {event.subject} "
    return head.encode() + (event.identity.encode("utf-8", "replace") or event.detail)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
