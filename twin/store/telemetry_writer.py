"""Telemetry into the store: one transaction a batch, everything in it or nothing.

Rows go in by binary COPY, straight into the tables. Where a unique key says that a row is already
there (another worker, a reading at the same instant), the batch is rolled back and the same bytes
go through a staging table that settles each conflict.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow

from twin.store import binary_copy
from twin.store.arrays import Bigints, Doubles, Instants, Integers, Smallints
from twin.store.batch_news import leave_news
from twin.store.binary_copy import Bytes, Fixed, Times
from twin.store.dedicated import Dedicated
from twin.store.sql import statement
from twin.store.telemetry_rows import (
    Event,
    Frames,
    LedgerRow,
    Observations,
    Rejected,
    Seen,
    Sessions,
)

Key = tuple[int, int]
"""Instant [µs since 1970 UTC] and copy key of a frame or an event."""

_DAY_US: Final = 86_400_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(1970, 1, 1)
_DAYS_REMEMBERED: Final = 10_000


@dataclass(slots=True)
class TelemetryBatch:
    """All that one transaction writes.

    Attributes
    ----------
    frames : Frames
        New frames, and stored ones that take a new form.
    replaced : list of (int, int)
        Keys of stored frames to take out first: they are in ``frames`` again.
    observations : Observations
        At most one row an instant and datastream.
    removed : Observations or None
        Instants and datastreams whose observations go: their frame's time was put right.
    ledger : callable
        Told which keys of frames and events were already there; returns the ledger's rows.
    also : list of callable
        Further statements of the same transaction.
    """

    frames: Frames
    observations: Observations
    sessions: Sessions
    seen: Seen
    ledger: Callable[[set[Key], set[Key]], Sequence[LedgerRow]]
    replaced: list[Key] = field(default_factory=list)
    removed: Observations | None = None
    events: list[Event] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    also: list[Callable[[Connection[TupleRow]], None]] = field(default_factory=list)


class TelemetryWriter:
    """Writes batches over one connection of its own.

    Parameters
    ----------
    link : Dedicated
        That connection.
    """

    def __init__(self, link: Dedicated) -> None:
        self._link = link
        self._days: set[tuple[str, int]] = set()

    def close(self) -> None:
        """Give the connection up; what was not committed is rolled back."""
        self._link.close()
        self._days.clear()

    def write(self, batch: TelemetryBatch) -> int:
        """Store a batch; return the number of its transaction, which readers may ask from.

        Raises
        ------
        psycopg.Error
            Nothing was stored.
        """
        self._make_room(batch)
        try:
            return self._write(batch, _copy)
        except UniqueViolation:
            return self._write(batch, _stage)

    def _write(
        self,
        batch: TelemetryBatch,
        put: Callable[[Connection[TupleRow], TelemetryBatch], set[Key]],
    ) -> int:
        connection = self._link.connection
        with connection.transaction():
            number = _next_batch(connection)
            _take_out(connection, batch)
            known_frames = put(connection, batch)
            _renew_latest(connection, batch, number)
            _keep_counters(connection, batch)
            known_events = _add_events(connection, batch.events)
            _keep_rejected(connection, batch.rejected)
            _add_to_ledger(connection, batch.ledger(known_frames, known_events))
            for more in batch.also:
                more(connection)
            _leave_news(connection, batch, number)
            connection.execute("SELECT pg_notify('reverbere_batch', %s)", (str(number),))
        return number

    def _make_room(self, batch: TelemetryBatch) -> None:
        """Make the partitions of new days, each in a short transaction of its own."""
        days = self._new_days(batch)
        for table, day in sorted(days):
            ensure_day(self._link.connection, table, day)
        if len(self._days) > _DAYS_REMEMBERED:
            self._days.clear()
        self._days |= days

    def count_new_days(self, batch: TelemetryBatch) -> int:
        """Return how many days of tables this batch may open.

        Each costs the server some ten locks, of which one transaction can have a few thousand.
        """
        return len(self._new_days(batch))

    def _new_days(self, batch: TelemetryBatch) -> set[tuple[str, int]]:
        wanted = {
            "frame": batch.frames.event_at,
            "observation": batch.observations.measured_at,
            "network_event": np.array([event.event_at for event in batch.events], np.int64),
        }
        return {
            (table, day) for table, instants in wanted.items() for day in days_of(instants)
        } - self._days


def days_of(instants: NDArray[np.int64]) -> list[int]:
    """Return the UTC days of some instants [µs], each once, as days since 1970."""
    return [int(day) for day in np.unique(instants // _DAY_US)]


def ensure_day(connection: Connection[TupleRow], table: str, day: int) -> None:
    """Make sure that rows of a day can be stored, in a short transaction of its own.

    Parameters
    ----------
    day : int
        As ``days_of`` counts.
    """
    with connection.transaction():
        asked = {"name": table, "days": [_EPOCH_DAY + timedelta(days=day)]}
        connection.execute(statement("telemetry/ensure_partitions"), asked)


def _next_batch(connection: Connection[TupleRow]) -> int:
    row = connection.execute("SELECT nextval('batch_number')").fetchone()
    assert row is not None  # noqa: S101 - a sequence always answers
    return int(row[0])


def _take_out(connection: Connection[TupleRow], batch: TelemetryBatch) -> None:
    if batch.replaced:
        keys = np.array(batch.replaced, np.int64)
        asked = {"times": Instants(keys[:, 0]), "keys": Bigints(keys[:, 1])}
        connection.execute(statement("telemetry/delete_frames"), asked)
    if batch.removed is not None:
        asked = {
            "times": Instants(batch.removed.measured_at),
            "streams": Integers(batch.removed.datastream_id),
        }
        connection.execute(statement("telemetry/delete_observations"), asked)
        connection.execute(statement("telemetry/delete_latest"), asked)


def _copy(connection: Connection[TupleRow], batch: TelemetryBatch) -> set[Key]:
    """Copy straight into the tables; a known key raises ``UniqueViolation``."""
    if len(batch.frames):
        _send(connection, "telemetry/copy_frames", _frame_rows(batch.frames))
    if len(batch.observations):
        rows = _observation_rows(batch.observations)
        _send(connection, "telemetry/copy_observations", rows)
    return set()


def _stage(connection: Connection[TupleRow], batch: TelemetryBatch) -> set[Key]:
    """Go through the staging tables; return the keys of the frames that were already there."""
    connection.execute(statement("telemetry/stage"))
    known: set[Key] = set()
    if len(batch.frames):
        _send(connection, "telemetry/stage_frames", _frame_rows(batch.frames))
        made = connection.execute(statement("telemetry/insert_frames")).fetchall()
        known = batch.frames.keys() - {(_micros(at), key) for at, key in made}
    if len(batch.observations):
        rows = _observation_rows(batch.observations)
        _send(connection, "telemetry/stage_observations", rows)
        connection.execute(statement("telemetry/insert_observations"))
    return known


def stage_observations(connection: Connection[TupleRow], observations: Observations) -> None:
    """Copy readings into this transaction's staging table, for a statement that settles them."""
    connection.execute(statement("telemetry/stage"))
    if len(observations):
        _send(connection, "telemetry/stage_observations", _observation_rows(observations))


def _send(connection: Connection[TupleRow], name: str, rows: bytes) -> None:
    with connection.cursor() as cursor, cursor.copy(statement(name)) as copy:
        copy.write(rows)


def _frame_rows(frames: Frames) -> bytes:
    radio = frames.radio
    return binary_copy.encode(
        [
            Times(frames.event_at),
            Fixed("i8", frames.copy_key),
            Fixed("i4", frames.epoch),
            Fixed("i8", frames.f_cnt),
            Fixed("i2", frames.f_port),
            Times(frames.received_at),
            Fixed("i2", frames.time_source),
            Fixed("i2", frames.flags),
            Fixed("i2", frames.copies),
            Times(frames.gateway_at, frames.gateway_at != frames.NO_TIME),
            Times(frames.network_at, frames.network_at != frames.NO_TIME),
            Times(frames.application_at, frames.application_at != frames.NO_TIME),
            Fixed("i2", frames.codec_id, frames.codec_id != 0),
            Fixed("i4", radio.frequency, radio.frequency != 0),
            Fixed("i2", radio.bandwidth, radio.bandwidth != 0),
            Fixed("i2", radio.spreading_factor, radio.spreading_factor != 0),
            Fixed("i2", radio.data_rate, radio.data_rate >= 0),
            Bytes(frames.dev_eui),
            Bytes(frames.network),
            Bytes(frames.session),
            Bytes(frames.payload),
            Bytes(frames.receptions),
            Bytes(frames.decoded),
        ]
    )


def _observation_rows(observations: Observations) -> bytes:
    return binary_copy.encode(
        [
            Times(observations.measured_at),
            Fixed("i4", observations.datastream_id),
            Fixed("f8", observations.value),
            Fixed("i2", observations.quality),
            Fixed("i2", observations.codec_id),
        ]
    )


def _renew_latest(connection: Connection[TupleRow], batch: TelemetryBatch, number: int) -> None:
    newest = batch.observations.newest()
    if len(newest):
        connection.execute(
            statement("telemetry/upsert_latest"),
            {
                "streams": Integers(newest.datastream_id),
                "times": Instants(newest.measured_at),
                "values": Doubles(newest.value),
                "quality": Smallints(newest.quality),
                "received": Instants(newest.received_at),
                "batch": number,
            },
        )
    if batch.removed is not None and len(batch.removed):
        asked = {
            "streams": Integers(np.unique(batch.removed.datastream_id)),
            "since": _moment(int(batch.observations.measured_at.min())),
            "batch": number,
        }
        connection.execute(statement("telemetry/latest_again"), asked)


def _leave_news(connection: Connection[TupleRow], batch: TelemetryBatch, number: int) -> None:
    corrected = None if batch.removed is None else batch.removed.datastream_id
    leave_news(connection, number, batch.observations.newest(), batch.seen, corrected)


def _keep_counters(connection: Connection[TupleRow], batch: TelemetryBatch) -> None:
    sessions, seen = batch.sessions, batch.seen
    if sessions.dev_eui:
        connection.execute(
            statement("telemetry/upsert_sessions"),
            {
                "dev_euis": sessions.dev_eui,
                "sessions": sessions.session,
                "epochs": Integers(sessions.epoch),
                "f_cnts": Bigints(sessions.f_cnt),
                "times": Instants(sessions.event_at),
                "received": Bigints(sessions.received),
                "first_f_cnts": Bigints(sessions.first_f_cnt),
            },
        )
    if seen.dev_eui:
        connection.execute(
            statement("telemetry/see_devices"),
            {
                "dev_euis": seen.dev_eui,
                "first": Instants(seen.first_at),
                "last": Instants(seen.last_at),
            },
        )


def _add_events(connection: Connection[TupleRow], events: Sequence[Event]) -> set[Key]:
    if not events:
        return set()
    made = connection.execute(
        statement("telemetry/insert_events"),
        {
            "times": _instants([event.event_at for event in events]),
            "keys": Bigints(np.array([event.copy_key for event in events], np.int64)),
            "subjects": [event.subject for event in events],
            "kinds": [event.kind for event in events],
            "details": [event.detail for event in events],
            "received": _instants([event.received_at for event in events]),
        },
    ).fetchall()
    return {(event.event_at, event.copy_key) for event in events} - {
        (_micros(at), key) for at, key in made
    }


def _keep_rejected(connection: Connection[TupleRow], rejected: Sequence[Rejected]) -> None:
    if rejected:
        rows: list[dict[str, Any]] = [row.parameters() for row in rejected]
        with connection.cursor() as cursor:
            cursor.executemany(statement("telemetry/insert_rejected"), rows)


def _add_to_ledger(connection: Connection[TupleRow], rows: Sequence[LedgerRow]) -> None:
    connection.execute(statement("telemetry/add_to_ledger"), ledger_columns(rows))


def ledger_columns(rows: Sequence[LedgerRow]) -> dict[str, Any]:
    """Return ledger rows as columns, in the order in which every worker takes their locks."""
    ordered = sorted(rows)
    return {
        "sources": [row.source for row in ordered],
        "minutes": _instants([row.minute for row in ordered]),
        "outcomes": [row.outcome for row in ordered],
        "reasons": [row.reason for row in ordered],
        "counts": _bigints([row.messages for row in ordered]),
    }


def _instants(values: Sequence[int]) -> Instants:
    return Instants(np.array(values, np.int64))


def _bigints(values: Sequence[int]) -> Bigints:
    return Bigints(np.array(values, np.int64))


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _micros(moment: datetime) -> int:
    since = moment - _EPOCH
    return since.days * _DAY_US + since.seconds * 1_000_000 + since.microseconds
