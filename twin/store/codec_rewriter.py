"""Values that a later codec reads otherwise: the new ones stand, the old ones are kept beside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import TupleRow, dict_row

from twin.store.arrays import Bigints, Instants, Integers, Smallints
from twin.store.batch_news import send_to_tables
from twin.store.database import Database
from twin.store.dedicated import Dedicated
from twin.store.sql import statement
from twin.store.telemetry_rows import HISTORICAL, Observations
from twin.store.telemetry_writer import days_of, ensure_day, stage_observations

_TICK: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Redone:
    """Frames that were decoded again, as columns.

    Attributes
    ----------
    was : int64 array
        Number of the codec that had read each; −1: its values are to be left alone.
    codec_id, flags : int64 array
        Of the present reading.
    """

    dev_eui: Sequence[str]
    event_at: NDArray[np.int64]
    copy_key: NDArray[np.int64]
    was: NDArray[np.int64]
    codec_id: NDArray[np.int64]
    flags: NDArray[np.int64]


@dataclass(slots=True)
class Rewritten:
    """How many values changed: ``superseded`` are kept beside, ``made`` are new or took a place."""

    superseded: int = 0
    made: int = 0


class CodecRewriter:
    """Reads stored frames and writes what they mean now.

    Parameters
    ----------
    database : Database
        The territory's store.
    """

    def __init__(self, database: Database) -> None:
        self._link = Dedicated(database, "reverbere decode")

    @property
    def connection(self) -> Connection[TupleRow]:
        """The connection, for the questions that belong to the same work."""
        return self._link.connection

    def close(self) -> None:
        """Give the connection up."""
        self._link.close()

    def frames(
        self,
        since: datetime,
        until: datetime,
        *,
        dev_euis: Sequence[str] | None,
        skipped_flags: int,
        limit: int,
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield stored frames of ``[since, until)`` in order of time, some thousands at once."""
        after = since - _TICK
        while True:
            asked = {
                "after": after,
                "until": until,
                "dev_euis": None if dev_euis is None else list(dev_euis),
                "skipped": skipped_flags,
                "limit": limit,
            }
            connection = self.connection
            with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
                rows = cursor.execute(statement("codecs/frames"), asked).fetchall()
            if not rows:
                return
            after = rows[-1]["event_at"]
            yield rows

    def rewrite(self, redone: Redone, observations: Observations, now: datetime) -> Rewritten:
        """Let frames' values be these, in one transaction; what they were is kept.

        Parameters
        ----------
        observations : Observations
            Distinct; all that the frames mean now.
        now : datetime
            When the old ones stop to hold.
        """
        done = Rewritten()
        connection = self.connection
        for day in days_of(observations.measured_at):
            ensure_day(connection, "observation", day)
        with connection.transaction():
            stage_observations(connection, observations)
            done.superseded = _supersede_changed(connection, observations, now)
            touched = self._gone(redone, now)
            done.superseded += len(touched)
            written = connection.execute(statement("codecs/write_observations")).fetchall()
            done.made = len(written)
            streams = sorted({*touched, *(int(stream) for (stream,) in written)})
            if streams:
                _renew_latest(connection, streams)
            _mark(connection, redone)
        return done

    def _gone(self, redone: Redone, now: datetime) -> list[int]:
        ours = np.flatnonzero(redone.was >= 0)
        if not len(ours):
            return []
        asked = {
            "dev_euis": [redone.dev_eui[row] for row in ours.tolist()],
            "times": Instants(redone.event_at[ours]),
            "codecs": Smallints(redone.was[ours]),
            "now": now,
            **_span(redone.event_at[ours]),
        }
        rows = self.connection.execute(statement("codecs/supersede_gone"), asked).fetchall()
        return [int(stream) for (stream,) in rows]


def _supersede_changed(
    connection: Connection[TupleRow], observations: Observations, now: datetime
) -> int:
    if not len(observations):
        return 0
    asked = {"now": now, **_span(observations.measured_at)}
    return connection.execute(statement("codecs/supersede_changed"), asked).rowcount


def _renew_latest(connection: Connection[TupleRow], streams: Sequence[int]) -> None:
    batch = connection.execute("SELECT nextval('batch_number')").fetchone()
    assert batch is not None  # noqa: S101 - a sequence always answers
    asked = {
        "streams": Integers(np.array(streams, np.int64)),
        "historical": HISTORICAL,
        "batch": batch[0],
    }
    connection.execute(statement("codecs/renew_latest"), asked)
    connection.execute(statement("codecs/forget_latest"), asked)
    send_to_tables(connection, batch[0])
    connection.execute("SELECT pg_notify('reverbere_batch', %s)", (str(batch[0]),))


def _mark(connection: Connection[TupleRow], redone: Redone) -> None:
    connection.execute(
        statement("codecs/mark_frames"),
        {
            "times": Instants(redone.event_at),
            "keys": Bigints(redone.copy_key),
            "codecs": Smallints(redone.codec_id),
            "flags": Smallints(redone.flags),
            **_span(redone.event_at),
        },
    )


def _span(instants: NDArray[np.int64]) -> dict[str, datetime]:
    """Return the first and the last instant: with them only the days between are opened."""
    ends = (("first", int(instants.min())), ("last", int(instants.max())))
    return {name: _EPOCH + timedelta(microseconds=at) for name, at in ends}
