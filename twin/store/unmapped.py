"""Values that became no reading, and why: written by ingest, read by whoever maintains profiles."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from twin.store.arrays import Instants
from twin.store.sql import statement
from twin.store.telemetry_rows import Ints


class UnmappedName(NamedTuple):
    """One name that has no line, or whose values cannot be read.

    Attributes
    ----------
    profile : str
        Of the devices that send it; empty: they have none.
    name : str
        In the sender's words: a path, or a field of the profile's codec.
    why : str
        ``no_mapping``, ``not_a_number``, ``unit`` or ``bad_channel``.
    unit, example : str
        As sent, last.
    devices : int
        How many send it; 0: counted by profile only.
    first_at, last_at : datetime
        Received; the last to the hour.
    """

    profile: str
    name: str
    why: str
    unit: str
    example: str
    devices: int
    first_at: datetime
    last_at: datetime


def unmapped_names(
    connection: Connection[TupleRow], *, dev_eui: str | None = None, limit: int = 500
) -> list[UnmappedName]:
    """List what has no mapping, newest first; of one device and its profile, or of all."""
    with connection.cursor(row_factory=class_row(UnmappedName)) as cursor:
        asked = {"dev_eui": dev_eui, "limit": limit}
        return cursor.execute(statement("unmapped/list"), asked).fetchall()


class UnmappedRows(NamedTuple):
    """Rows to note: parallel columns, instants in µs since 1970 UTC."""

    dev_euis: Sequence[str]
    profiles: Sequence[str]
    names: Sequence[str]
    whys: Sequence[str]
    units: Sequence[str]
    examples: Sequence[str]
    times: Ints


def note(connection: Connection[TupleRow], rows: UnmappedRows) -> None:
    """Write rows, each key once, in the caller's transaction."""
    asked = {**rows._asdict(), "times": Instants(rows.times)}
    connection.execute(statement("unmapped/note"), asked)
