"""Drills that were saved: what was asked, what was answered then; and what did happen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from twin.errors import NotFound
from twin.store.database import Database
from twin.store.sql import statement


@dataclass(frozen=True, slots=True)
class Scenario:
    """A saved drill.

    Attributes
    ----------
    question, answer : mapping
        As they were on that day (``docs/formats.md``).
    """

    slug: str
    name: str
    made_at: datetime
    person: str
    question: Mapping[str, Any]
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Gauge:
    """A river gauge, as far as levels are concerned.

    Attributes
    ----------
    zero_m_ngf : float or None
        Height of its zero. [m NGF]
    level_m : float or None
        Last reading over that zero. [m]
    """

    code: str
    name: str
    zero_m_ngf: float | None
    level_m: float | None
    read_at: datetime | None


class ScenarioReader:
    """Reads saved drills.

    Parameters
    ----------
    database : Database
        The store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Scenario]:
        """Return every saved drill, the last saved first."""
        return self._read(None)

    def one(self, slug: str) -> Scenario:
        """Return one saved drill.

        Raises
        ------
        NotFound
            None has that name.
        """
        found = self._read(slug)
        if not found:
            raise NotFound("scenario", slug)
        return found[0]

    def happened(self, start: datetime, end: datetime) -> set[tuple[str, str]]:
        """Return kind and code of the supply devices that water cut in ``[start, end)``."""
        facts = {"start": start, "end": end}
        with self._database.connection() as connection:
            rows = connection.execute(statement("scenarios/happened"), facts).fetchall()
        return {(str(kind), str(code)) for code, kind in rows}

    def gauges(self) -> list[Gauge]:
        """Return the river gauges, by code."""
        with self._database.connection() as connection:
            rows = connection.execute(statement("scenarios/gauges")).fetchall()
        return [Gauge(*row) for row in rows]

    def _read(self, slug: str | None) -> list[Scenario]:
        with self._database.connection() as connection:
            rows = connection.execute(statement("scenarios/all"), {"slug": slug}).fetchall()
        return [Scenario(*row) for row in rows]


def save(connection: Connection[TupleRow], scenario: Scenario) -> bool:
    """Save a drill; return whether its name was free."""
    facts = {
        "slug": scenario.slug,
        "name": scenario.name,
        "made_at": scenario.made_at,
        "person": scenario.person,
        "question": Jsonb(dict(scenario.question)),
        "answer": Jsonb(dict(scenario.answer)),
    }
    return connection.execute(statement("scenarios/add"), facts).fetchone() is not None
