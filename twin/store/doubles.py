"""Identifiers that two devices answer to, as ingest has found them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from twin.store.sql import statement


class DoubleRun(NamedTuple):
    """One of the devices: frames whose counter only grows, close together.

    Attributes
    ----------
    frames : int
        How many of them were looked at.
    """

    network: str
    session: str
    first_f_cnt: int
    last_f_cnt: int
    first_at: datetime
    last_at: datetime
    frames: int


class DoubledDevice(NamedTuple):
    """An identifier under which runs of counters alternate.

    Attributes
    ----------
    first_at, last_at : datetime
        Of the frames that show it. [UTC]
    returns : int
        How often a run was taken up again, in the last look.
    runs : list of DoubleRun
        Two at least.
    """

    dev_eui: str
    name: str
    profile: str
    first_at: datetime
    last_at: datetime
    returns: int
    runs: list[DoubleRun]


def keep_double(
    connection: Connection[TupleRow],
    dev_eui: str,
    runs: Sequence[DoubleRun],
    *,
    returns: int,
    span: tuple[datetime, datetime],
) -> bool:
    """Write down that two devices answer to an identifier; return whether that is new.

    Parameters
    ----------
    returns : int
        How often a run was taken up again.
    span : datetime, datetime
        First and last of the frames that show it. [UTC]
    """
    facts = {
        "dev_eui": dev_eui,
        "first_at": span[0],
        "last_at": span[1],
        "returns": returns,
        "runs": Jsonb([_written(run) for run in runs]),
    }
    row = connection.execute(statement("telemetry/keep_double"), facts).fetchone()
    return bool(row and row[0])


def doubles(
    connection: Connection[TupleRow], *, dev_eui: str | None = None, limit: int = 100
) -> list[DoubledDevice]:
    """Return identifiers that two devices share, the last heard first.

    Parameters
    ----------
    dev_eui : str, optional
        Only that one.
    """
    asked = {"dev_eui": dev_eui, "limit": limit}
    rows = connection.execute(statement("telemetry/doubles"), asked).fetchall()
    return [
        DoubledDevice(eui, name, profile, first_at, last_at, returns, [_run(one) for one in runs])
        for eui, name, profile, first_at, last_at, returns, runs in rows
    ]


def _written(run: DoubleRun) -> dict[str, object]:
    instants = {name: f"{getattr(run, name):%FT%TZ}" for name in ("first_at", "last_at")}
    return run._asdict() | instants


def _run(told: dict[str, Any]) -> DoubleRun:
    instants = {name: datetime.fromisoformat(told[name]) for name in ("first_at", "last_at")}
    return DoubleRun(**(told | instants))
