"""What each batch brought, handed from ingest to whoever understands it: one row, read as sent.

``latest`` and ``device`` hold the truth. A batch of five thousand messages changes a tenth of their
rows, all over the tables; to find and send those again costs more than to understand them.
So ingest leaves, in the same transaction, the columns that it had in memory. The reader keeps a
mirror of the newest values (``Mirror``), to which both ways lead:

- batch by batch, as long as it can tell that none is missing;
- from the tables whole: at the start, after a crash, when it fell too far behind, or when somebody
  wrote values by another way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.store.arrays import Integers
from twin.store.columns import INSTANT, read_arrays
from twin.store.rows import read_rows
from twin.store.sql import statement
from twin.store.telemetry_rows import Observations, Seen

KEPT: Final = 64
"""So many batches stay; who falls further behind reads the tables."""

_SWEPT_EVERY: Final = 16
_NEVER: Final = -(2**62)
Names = NDArray[np.bytes_]
"""UTF-8."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_READING: Final = np.dtype(
    [("stream", "<i4"), ("at", "<i8"), ("value", "<f8"), ("quality", "<i2"), ("settled", "?")]
)


def leave_news(
    connection: Connection[TupleRow],
    batch: int,
    newest: Observations,
    seen: Seen,
    corrected: NDArray[np.integer[Any]] | None = None,
) -> None:
    """Leave what a batch brought, in the transaction that wrote it into ``latest`` and ``device``.

    Parameters
    ----------
    newest : Observations
        Its last reading of each datastream.
    seen : Seen
        Devices it heard.
    corrected : int array, optional
        Datastreams whose newest value went back, or away: they are given as they stand now.
    """
    readings = _records(newest.datastream_id, newest.measured_at, newest.value, newest.quality)
    if corrected is not None and len(corrected):
        readings = np.concatenate([readings, _settled(connection, np.unique(corrected))])
    values = {
        "batch": batch,
        "readings": readings.tobytes(),
        "devices": "\n".join(seen.dev_eui).encode(),
        "heard_at": np.asarray(seen.last_at, "<i8").tobytes(),
    }
    connection.execute(statement("batches/add"), values)
    if batch % _SWEPT_EVERY == 0:
        connection.execute(statement("batches/forget"), {"before": batch - KEPT})


def send_to_tables(connection: Connection[TupleRow], batch: int) -> None:
    """Tell readers that ``latest`` was written by another way: they read it whole."""
    values = {"batch": batch, "readings": None, "devices": b"", "heard_at": b""}
    connection.execute(statement("batches/add"), values)


def _records(stream: Any, at: Any, value: Any, quality: Any) -> NDArray[Any]:
    records = np.zeros(len(stream), _READING)
    for name, column in (("stream", stream), ("at", at), ("value", value), ("quality", quality)):
        records[name] = column
    return records


def _settled(connection: Connection[TupleRow], streams: NDArray[Any]) -> NDArray[Any]:
    """Return how some datastreams stand now; those without a value any more as never measured."""
    rows = read_rows(connection, "batches/settled", {"streams": Integers(streams)})
    settled = _records(streams, np.full(len(streams), _NEVER), np.zeros(len(streams)), 0)
    settled["settled"] = True
    row_of = {int(stream): row for row, stream in enumerate(streams.tolist())}
    for stream, at, value, quality in rows:
        micro = (at - _EPOCH) // timedelta(microseconds=1)
        settled[row_of[stream]] = (stream, micro, value, quality, True)
    return settled


@dataclass(frozen=True, slots=True)
class Heard:
    """Devices heard, in their order, and when. [µs]"""

    dev_eui: Names
    at: NDArray[np.int64]


class Mirror:
    """``latest`` as it stands, by number of the datastream.

    Attributes
    ----------
    at : int64 array
        When each was measured; far in the past where there is no value. [µs since 1970 UTC]
    value : float64 array
    quality : int16 array
    """

    def __init__(self) -> None:
        self.at = np.full(1, _NEVER, np.int64)
        self.value = np.zeros(1)
        self.quality = np.zeros(1, np.int16)
        self._last = -1
        self._read: list[int] = []

    def renew(
        self, connection: Connection[TupleRow]
    ) -> tuple[NDArray[np.int64] | None, list[Heard] | None]:
        """Bring the mirror to the present.

        Returns
        -------
        streams : int64 array or None
            Those that may have changed, with repeats; None: any.
        heard : list of Heard or None
            What the batches read say of devices; None: ask the table.
        """
        asked = {"last": self._last, "after": self._last - KEPT, "read": self._read}
        rows = read_rows(connection, "batches/since", asked)
        fresh = [row[1:] for row in rows if row[1] is not None]
        if not rows[0][0] or any(readings is None for _, readings, _, _ in fresh):
            self._read_whole(connection)
            return None, None
        touched = [self._take(np.frombuffer(readings, _READING)) for _, readings, _, _ in fresh]
        self._note([batch for batch, *_ in fresh])
        heard = [
            Heard(np.array(devices.split(b"\n")), np.frombuffer(at, "<i8"))
            for _, _, devices, at in fresh
            if at
        ]
        return np.concatenate([np.empty(0, np.int64), *touched]), heard

    def cover(self, size: int) -> None:
        """Make room for datastreams up to a number, exclusive."""
        lacking = size - len(self.at)
        if lacking > 0:
            self.at = np.concatenate([self.at, np.full(lacking, _NEVER, np.int64)])
            self.value = np.concatenate([self.value, np.zeros(lacking)])
            self.quality = np.concatenate([self.quality, np.zeros(lacking, np.int16)])

    def _note(self, batches: Sequence[int]) -> None:
        self._last = max([self._last, *batches])
        self._read = [each for each in (*self._read, *batches) if each > self._last - KEPT]

    def _take(self, readings: NDArray[Any]) -> NDArray[np.int64]:
        """Take the readings of one batch, as ``upsert_latest`` does; return their datastreams."""
        if not len(readings):
            return np.empty(0, np.int64)
        stream, at, value, quality, settled = (
            np.ascontiguousarray(readings[name]) for name in _READING.names or ()
        )
        self.cover(int(stream.max()) + 1)
        held, held_quality = self.at[stream], self.quality[stream]
        better = (quality < held_quality) | (
            (quality == held_quality) & (value < self.value[stream])
        )
        newer = (at > held) | ((at == held) & better)
        for some in (newer & ~settled, settled):
            which = stream[some]
            self.at[which], self.value[which] = at[some], value[some]
            self.quality[which] = quality[some]
        return stream.astype(np.int64)

    def _read_whole(self, connection: Connection[TupleRow]) -> None:
        stream, at, value, quality, batches = read_arrays(
            connection, "batches/newest", ("i4", INSTANT, "f8", "i2", "i8")
        )
        size = max(len(self.at), int(stream.max(initial=0)) + 1)
        self.at, self.value = np.full(size, _NEVER, np.int64), np.zeros(size)
        self.quality = np.zeros(size, np.int16)
        self.at[stream], self.value[stream], self.quality[stream] = at, value, quality
        self._last, self._read = -1, []
        self._note(batches.tolist())
