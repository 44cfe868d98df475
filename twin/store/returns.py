"""Returns of the light as they were announced, what they rest on, and what became of them."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.store.database import Database
from twin.store.frames import read_frame
from twin.store.sql import statement

_INSTANT = pl.Datetime("us", "UTC")

PAST = pl.Schema(
    [
        ("kind", pl.String()),
        ("opened_at", _INSTANT),
        ("taken_at", _INSTANT),  # null: nobody ever had it in charge
        ("returning_at", _INSTANT),  # null: it came back at once
        ("closed_at", _INSTANT),
        ("root_kind", pl.String()),  # of what failed; empty: not written down
    ]
)
KEPT = pl.Schema(
    [
        ("code", pl.String()),
        ("kind", pl.String()),
        ("made_at", _INSTANT),
        ("earliest", _INSTANT),
        ("latest", _INSTANT),
        ("ended_at", _INSTANT),
        ("coverage", pl.Float64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Standing:
    """An open incident, as far as its return is concerned.

    Attributes
    ----------
    blocked : bool
        Water still stands there.
    planned_end : datetime or None
        When the distributor announced that its cut ends. [UTC]
    announced_crew, announced_latest
        Of the last return announced; None without one.
    """

    id: int
    kind: str
    opened_at: datetime
    taken_at: datetime | None
    returning_at: datetime | None
    blocked: bool
    planned_end: datetime | None
    announced_crew: str | None
    announced_latest: datetime | None


@dataclass(frozen=True, slots=True)
class Announced:
    """One return as it was announced.

    Attributes
    ----------
    kind : str
        Of the incident; ``distributor_notice`` where the distributor announced it.
    coverage : float or None
        Share of such ranges that are meant to hold; None of one that others announced.
    based_on : int or None
        Past durations it rests on; likewise.
    """

    code: str
    made_at: datetime
    kind: str
    crew_state: str
    earliest: datetime
    latest: datetime
    coverage: float | None
    based_on: int | None

    @property
    def by_others(self) -> bool:
        """Whether others announced it, and nothing of ours supports it."""
        return self.based_on is None


class ReturnReader:
    """Reads announced returns.

    Parameters
    ----------
    database : Database
        The store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def announced(self, code: str | None = None) -> list[Announced]:
        """Return what was announced for one incident, or for all open ones; the newest first."""
        with self._database.connection() as connection:
            rows = connection.execute(statement("returns/announced"), {"code": code}).fetchall()
        return [Announced(*row) for row in rows]

    def newest(self) -> dict[str, Announced]:
        """Return the newest announcement of each open incident that has one, by code."""
        return {one.code: one for one in reversed(self.announced())}

    def kept(self) -> pl.DataFrame:
        """Return announced ranges whose incidents have ended (``KEPT``)."""
        with self._database.connection() as connection:
            return read_frame(connection, "returns/kept", KEPT)


def past(connection: Connection[TupleRow]) -> pl.DataFrame:
    """Return what past incidents took (``PAST``), the first ended first."""
    return read_frame(connection, "returns/past", PAST)


def standing(connection: Connection[TupleRow], kinds: list[str]) -> list[Standing]:
    """Return the open incidents of some kinds."""
    rows = connection.execute(statement("returns/standing"), {"kinds": kinds}).fetchall()
    return [Standing(*row) for row in rows]


def announce(connection: Connection[TupleRow], incident: int, new: Announced) -> None:
    """Write a return that is announced from now on; ``new.code`` is not looked at."""
    connection.execute(
        statement("returns/announce"),
        {
            "incident": incident,
            "made_at": new.made_at,
            "kind": new.kind,
            "crew": new.crew_state,
            "earliest": new.earliest,
            "latest": new.latest,
            "coverage": new.coverage,
            "based_on": new.based_on,
        },
    )
