"""Incidents as they stood at an instant of the past: nothing of what came after is told."""

from datetime import datetime

from twin.errors import NotFound
from twin.store.database import Database
from twin.store.incidents import Incident
from twin.store.returns import Announced
from twin.store.sql import statement


class PastReader:
    """Reads what was known at an instant.

    Parameters
    ----------
    database : Database
        The store.
    at : datetime
        The instant. [aware]
    """

    def __init__(self, database: Database, at: datetime) -> None:
        self._database, self._at = database, at

    def incidents(self) -> list[Incident]:
        """Return the incidents that were open then, the last opened first."""
        return self._read(None)

    def incident(self, code: str) -> Incident:
        """Return one incident as it stood then; ``proof_version`` is that of its proof of then.

        Raises
        ------
        NotFound
            It was not open then, or no incident has that code.
        """
        found = self._read(code)
        if not found:
            raise NotFound("incident of that instant", code)
        return found[0]

    def returns(self) -> dict[str, Announced]:
        """Return the newest return that had been announced for each incident, by code."""
        with self._database.connection() as connection:
            rows = connection.execute(
                statement("returns/announced_at"), {"at": self._at}
            ).fetchall()
        return {row[0]: Announced(*row) for row in rows}

    def _read(self, code: str | None) -> list[Incident]:
        with self._database.connection() as connection:
            rows = connection.execute(
                statement("incidents/incidents_at"), {"at": self._at, "code": code}
            ).fetchall()
        return [Incident(*row) for row in rows]
