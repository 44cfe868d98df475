"""Recorded causes in the store: a distributor's cut, a burnt cabinet, works."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.errors import Conflict
from twin.model.states import CauseKind
from twin.store.database import Database
from twin.store.sql import statement

MOST_LISTED = 500
"""Recorded causes that one answer lists."""

DEVICE_KINDS: Final = ("cabinet", "substation", "feeder")
"""Kinds of supply devices; where two share a code the first is meant."""


@dataclass(frozen=True, slots=True)
class NewCause:
    """A cause to record; what it names has been looked up.

    Attributes
    ----------
    assets : sequence of int
        Ids of what it names; for an area, none: it is laid over the city at each assessment.
    area : bytes or None
        WKB, EPSG:4326.
    request_key : str
        The same key by the same person is the same request.
    asked : mapping
        What was asked under that key, to be told from another request.
    """

    kind: CauseKind
    title: str
    reference: str
    source: str
    assets: Sequence[int]
    area: bytes | None
    starts_at: datetime
    until: datetime | None
    recorded_at: datetime
    recorded_by: str
    request_key: str
    asked: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """Digest of what was asked."""
        text = json.dumps(self.asked, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RecordedCause:
    """A cause as it was recorded.

    Attributes
    ----------
    until, ended_at, withdrawn_at : datetime or None
        Announced end, recorded end, and when it was withdrawn. [UTC]
    area : bytes or None
        WKB, EPSG:4326.
    things : tuple of str
        ``kind:code`` of what it names.
    until_before : datetime or None
        The end that was announced before it was last moved; None also where none was. [UTC]
    moved_at, moved_by : datetime, str or None
        When its announced end was last moved, and by whom; None: never. [UTC]
    """

    code: str
    kind: CauseKind
    title: str
    reference: str
    source: str
    starts_at: datetime
    until: datetime | None
    ended_at: datetime | None
    withdrawn_at: datetime | None
    recorded_at: datetime
    recorded_by: str
    area: bytes | None
    things: tuple[str, ...]
    until_before: datetime | None = None
    moved_at: datetime | None = None
    moved_by: str | None = None

    @property
    def moved(self) -> str | None:
        """Say whether its announced end was last moved: extended, shortened; None for neither."""
        if self.until is None or self.until_before is None:
            return None
        return "extended" if self.until > self.until_before else "shortened"

    def state(self, now: datetime) -> str:
        """Say where it stands: to_come, holds, over or withdrawn."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        planned = None if self.kind is CauseKind.BURNT_CABINET else self.until
        end = self.ended_at or planned
        if end is not None and end <= now:
            return "over"
        return "holds" if self.starts_at <= now else "to_come"


class MovedEnd(NamedTuple):
    """An announced end that was moved: when, by whom, from (None: none), to. [UTC]"""

    at: datetime
    person: str
    before: datetime | None
    after: datetime


class CauseReader:
    """Reads recorded causes.

    Parameters
    ----------
    database : Database
        The store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, now: datetime, *, standing: bool = False) -> list[RecordedCause]:
        """Return recorded causes, the newest first.

        Parameters
        ----------
        standing : bool
            Only those that hold or are to come.
        """
        return self._read(now, standing=standing, code=None)

    def known_at(self, at: datetime, over_for: timedelta = timedelta()) -> list[RecordedCause]:
        """Return recorded causes as they were known at an instant, the newest first.

        Parameters
        ----------
        over_for : timedelta
            Those that had been over for less are returned too; by default none.
        """
        facts = {"at": at, "over_after": at - over_for, "limit": MOST_LISTED}
        with self._database.connection() as connection:
            rows = connection.execute(statement("declared/known_at"), facts).fetchall()
        return [_recorded(row) for row in rows]

    def terms(self, code: str) -> list["MovedEnd"]:
        """Return each time the announced end of a cause was moved, in order."""
        with self._database.connection() as connection:
            rows = connection.execute(statement("declared/terms"), {"code": code}).fetchall()
        return [MovedEnd(*row) for row in rows]

    def one(self, code: str) -> RecordedCause | None:
        """Return a cause by its code; None where there is none."""
        found = self._read(None, standing=False, code=code)
        return found[0] if found else None

    def _read(
        self, now: datetime | None, *, standing: bool, code: str | None
    ) -> list[RecordedCause]:
        facts = {"at": now, "standing": standing, "code": code}
        with self._database.connection() as connection:
            rows = connection.execute(
                statement("declared/list"), {**facts, "limit": MOST_LISTED}
            ).fetchall()
        return [_recorded(row) for row in rows]


def _recorded(row: TupleRow) -> RecordedCause:
    values = (row[0], CauseKind(row[1]), *row[2:12], tuple(row[12]), *row[13:])
    return RecordedCause(*values)


def record_cause(connection: Connection[TupleRow], new: NewCause) -> tuple[str, bool]:
    """Record a cause.

    Returns
    -------
    code : str
        E.g. ``C-2026-0012``.
    fresh : bool
        False where the same request had been recorded before.

    Raises
    ------
    Conflict
        That person used the key for another request.
    """
    connection.execute(statement("incidents/lock"))  # codes are given out one at a time
    before = connection.execute(
        statement("declared/asked_before"), {"person": new.recorded_by, "key": new.request_key}
    ).fetchone()
    if before is not None:
        if before[1] != new.digest:
            raise Conflict(f"the key {new.request_key!r} was used for another request, {before[0]}")
        return str(before[0]), False
    year = f"{new.starts_at.year:04d}"
    number = _number(connection, "declared/next_code", {"year": year})
    code = f"C-{year}-{number:04d}"
    cause = _number(
        connection,
        "declared/record",
        {
            "code": code,
            "kind": new.kind.value,
            "title": new.title,
            "reference": new.reference,
            "source": new.source,
            "area": new.area,
            "starts_at": new.starts_at,
            "until": new.until,
            "recorded_at": new.recorded_at,
            "recorded_by": new.recorded_by,
            "request_key": new.request_key,
            "request": new.digest,
        },
    )
    assets = {"cause": cause, "assets": sorted(set(new.assets))}
    connection.execute(statement("declared/add_assets"), assets)
    return code, True


def end_cause(connection: Connection[TupleRow], code: str, at: datetime) -> bool:
    """Record that a cause ended; return whether it had not yet."""
    ended = connection.execute(statement("declared/end"), {"code": code, "at": at})
    return ended.rowcount > 0


def move_end(
    connection: Connection[TupleRow], code: str, until: datetime, *, at: datetime, person: str
) -> bool:
    """Move the announced end of a cause; return whether it was another one, and still to come."""
    facts = {"code": code, "until": until, "at": at, "person": person}
    return connection.execute(statement("declared/move_end"), facts).rowcount > 0


def withdraw_cause(connection: Connection[TupleRow], code: str, at: datetime) -> bool:
    """Record that a cause had been recorded by mistake; return whether that was new."""
    gone = connection.execute(statement("declared/withdraw"), {"code": code, "at": at})
    return gone.rowcount > 0


def burnt_at(connection: Connection[TupleRow], asset: int) -> list[str]:
    """Return the codes of the causes by which a device is burnt, that nobody has ended."""
    rows = connection.execute(statement("declared/burnt_at"), {"asset": asset}).fetchall()
    return [str(row[0]) for row in rows]


def things(
    connection: Connection[TupleRow], kinds: Sequence[str], codes: Sequence[str]
) -> dict[str, tuple[str, int]]:
    """Look things up by code.

    Returns
    -------
    dict of str to (kind, id)
        Those that stand; where several kinds share a code, the first of ``kinds``.
    """
    facts = {"kinds": list(kinds), "codes": list(codes)}
    rows = connection.execute(statement("declared/things"), facts).fetchall()
    rows.sort(key=lambda row: -list(kinds).index(row[0]))
    return {code: (kind, asset) for kind, code, asset in rows}


def delivered_in(
    connection: Connection[TupleRow], area: shapely.Geometry
) -> list[tuple[int, str, str]]:
    """Return id, kind and code of the substations and cabinets in an area, EPSG:4326, or on it."""
    rows = connection.execute(statement("declared/delivered")).fetchall()
    if not rows:
        return []
    places = shapely.points([row[3] for row in rows], [row[4] for row in rows])
    inside = np.flatnonzero(shapely.intersects(area, places))
    return [(int(rows[k][0]), rows[k][1], rows[k][2]) for k in inside.tolist()]


class StandingCause(NamedTuple):
    """A cause that matters to an assessment; ``area`` None where its things are listed. [UTC]"""

    id: int
    code: str
    kind: str
    title: str
    reference: str
    area: bytes | None
    starts_at: datetime
    until: datetime | None
    ended_at: datetime | None
    withdrawn_at: datetime | None
    until_before: datetime | None
    assets: list[int]


def standing_causes(connection: Connection[TupleRow], at: datetime) -> list[StandingCause]:
    """Return what holds, is to come, or is over with devices that are not back yet."""
    rows = connection.execute(statement("declared/standing"), {"at": at}).fetchall()
    return [StandingCause(*row) for row in rows]


def _number(connection: Connection[TupleRow], name: str, facts: Mapping[str, Any]) -> int:
    row = connection.execute(statement(name), facts).fetchone()
    assert row is not None  # noqa: S101 - such a statement always gives its row
    return int(row[0])
