"""What people do with incidents: acknowledge, assign, shelve, note; each once, none forgotten."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from psycopg import Connection
from psycopg.rows import TupleRow

from twin.store.database import Database
from twin.store.sql import statement


class ActKind(StrEnum):
    """What may be done with an incident."""

    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    NOTE = "note"
    RING = "ring"
    """By the law alone: it asks for somebody anew."""


@dataclass(frozen=True, slots=True)
class NewAct:
    """An act to be written.

    Attributes
    ----------
    after : str
        What tells it from an earlier act of the same content: the last act that the person had
        seen, or a key of the caller's own.
    words : str
        The reason, the note.
    assignee : str or None
        Of an assignment.
    until : datetime or None
        Of a shelving. [UTC]
    asked : str
        How the person put it where that is part of the act (« 4 hours », which ends at another
        instant each time it is sent).
    """

    kind: ActKind
    person: str
    at: datetime
    after: str
    words: str = ""
    assignee: str | None = None
    until: datetime | None = None
    asked: str = ""

    def key(self, code: str) -> str:
        """Return what makes the same act sent twice one act."""
        content = (
            code,
            self.kind,
            self.person,
            self.after,
            self.words,
            self.assignee or "",
            self.asked,
        )
        return hashlib.sha256("\x1f".join(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class IncidentAct:
    """One line of an incident's journal.

    Attributes
    ----------
    kind : str
        ``ActKind``.
    """

    code: str
    id: int
    at: datetime
    person: str
    kind: str
    words: str
    assignee: str | None
    until: datetime | None


def act_once(connection: Connection[TupleRow], code: str, act: NewAct) -> bool:
    """Write an act and where it puts the incident; return whether there was anything to write.

    Nothing is written where the incident is closed or unknown, or where the same act stands there
    already (``act_known`` tells which).
    """
    facts = {
        "code": code,
        "key": act.key(code),
        "at": act.at,
        "person": act.person,
        "kind": act.kind.value,
        "words": act.words,
        "assignee": act.assignee,
        "until": act.until,
    }
    if connection.execute(statement("incidents/act_once"), facts).fetchone() is None:
        return False
    connection.execute(statement("incidents/set_care"), facts)
    return True


def act_known(connection: Connection[TupleRow], code: str, act: NewAct) -> bool:
    """Whether the same act was written before."""
    row = connection.execute(statement("incidents/act_known"), {"key": act.key(code)}).fetchone()
    return row is not None


def ring_again(
    connection: Connection[TupleRow], incident: int, code: str, at: datetime, by: str
) -> None:
    """Make an incident ask for somebody anew, and write that down."""
    facts = {"id": incident, "at": at, "person": by, "key": f"ring/{code}/{at.isoformat()}"}
    connection.execute(statement("incidents/ring"), facts)
    connection.execute(statement("incidents/add_ring"), facts)


class ActReader:
    """Reads the journals of incidents.

    Parameters
    ----------
    database : Database
        The store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, code: str) -> list[IncidentAct]:
        """Return what was done about one incident, oldest first."""
        return self._read(code=code)

    def between(self, start: datetime, end: datetime) -> list[IncidentAct]:
        """Return what was done in ``[start, end)``, oldest first."""
        return self._read(start=start, end=end)

    def _read(
        self,
        code: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> list[IncidentAct]:
        facts = {"code": code, "start": start, "end": end}
        with self._database.connection() as connection:
            rows = connection.execute(statement("incidents/acts"), facts).fetchall()
        return [IncidentAct(*row) for row in rows]
