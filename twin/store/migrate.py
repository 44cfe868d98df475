"""Bring a database to the schema that this version expects, and back.

Each step is a pair ``migrations/NNNN_name.up.sql`` and ``.down.sql``, run in one transaction of
its own under a lock, so that two processes that start together do not meet. The store records each
step that was applied with the checksum of its script: what is missing is applied in the order of
the numbers, whatever came before it, and a script that was changed after it was applied is refused.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from twin.errors import MigrationChanged, StoreOutdated
from twin.store.database import Database

_NAME = re.compile(r"^(\d{4})_([a-z0-9_]+)\.(up|down)\.sql$")
_LOCK = 0x5EBE  # any number, the same for every process


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: its number, its name, its two scripts."""

    number: int
    name: str
    up: str
    down: str

    @property
    def label(self) -> str:
        """Number and name, as in the names of its files."""
        return f"{self.number:04d}_{self.name}"

    @property
    def checksum(self) -> str:
        """SHA-256 of the script that makes it."""
        return hashlib.sha256(self.up.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Applied:
    """One step as the store recorded it; checksum None: by a version that did not record it."""

    number: int
    name: str
    checksum: str | None


def migrations() -> list[Migration]:
    """Return the steps that ship with this version, in order."""
    scripts: dict[tuple[int, str], dict[str, str]] = {}
    for resource in files("twin.store").joinpath("migrations").iterdir():
        match = _NAME.match(resource.name)
        if match:
            text = resource.read_text(encoding="utf-8")
            scripts.setdefault((int(match[1]), match[2]), {})[match[3]] = text
    return [
        Migration(number, name, pair["up"], pair["down"])
        for (number, name), pair in sorted(scripts.items())
    ]


def schema_version(database: Database) -> int:
    """Return the number of the newest step applied; 0 for an empty database."""
    with database.connection() as connection:
        return max(_applied(connection), default=0)


def require_current(database: Database) -> None:
    """Refuse to work on a schema that is not this version's.

    Raises
    ------
    StoreOutdated
        The database lacks a step of this version, or holds one that it does not know.
    MigrationChanged
        A step is not the one that was applied.
    """
    steps = migrations()
    with database.connection() as connection:
        applied = _applied(connection)
    _require_known(steps, applied, upto=steps[-1].number)
    missing = [step.label for step in steps if step.number not in applied]
    if missing:
        raise StoreOutdated(max(applied, default=0), missing)


def migrate(database: Database, to: int | None = None) -> list[str]:
    """Apply each step that is missing, or take back those after ``to``.

    Parameters
    ----------
    to : int, optional
        Number of the last step to keep; the newest by default, 0 empties the store.

    Returns
    -------
    list of str
        What was done, in order, e.g. ``["0001_foundation up"]``.

    Raises
    ------
    StoreOutdated
        The database holds a step that this version does not know.
    MigrationChanged
        A step that would stay is not the one that was applied; nothing was done.
    """
    steps = migrations()
    target = steps[-1].number if to is None else to
    done = []
    with _locked(database) as connection:
        _prepare(connection, use_extension=database.settings.extension)
        applied = _applied(connection)
        _require_known(steps, applied, upto=target)
        for step in steps:
            if step.number <= target and step.number not in applied:
                _run(connection, step, up=True)
                done.append(f"{step.label} up")
        for step in reversed(steps):
            if step.number > target and step.number in applied:
                _run(connection, step, up=False)
                done.append(f"{step.label} down")
    return done


def _require_known(steps: list[Migration], applied: dict[int, Applied], *, upto: int) -> None:
    """Refuse what this version does not know, and changed scripts of steps that would stay."""
    shipped = {step.number: step for step in steps}
    unknown = [f"{number:04d}_{applied[number].name}" for number in applied.keys() - shipped.keys()]
    if unknown:
        raise StoreOutdated(max(applied), [], sorted(unknown))
    for number, found in applied.items():
        if number <= upto and found.checksum not in (None, shipped[number].checksum):
            raise MigrationChanged(number, shipped[number].label)


@contextmanager
def _locked(database: Database) -> Iterator[Connection[TupleRow]]:
    connection = database.dedicated("reverbere migrate", autocommit=True)
    with connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        connection.execute("SET statement_timeout = 0")
        yield connection


def _prepare(connection: Connection[TupleRow], *, use_extension: bool) -> None:
    connection.execute("CREATE SCHEMA IF NOT EXISTS reverbere")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS reverbere.migration ("
        " number integer PRIMARY KEY, name text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now(), checksum text)"
    )
    connection.execute("ALTER TABLE reverbere.migration ADD COLUMN IF NOT EXISTS checksum text")
    time_tables = "on" if use_extension and _has_timescale(connection) else "off"
    connection.execute(sql.SQL("SET reverbere.time_tables = {}").format(time_tables))


def _has_timescale(connection: Connection[TupleRow]) -> bool:
    """Whether TimescaleDB is there, after having tried to enable it."""
    available = connection.execute(
        "SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"
    ).fetchone()
    if not available:
        return False
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb SCHEMA public")
    except psycopg.Error:  # not preloaded, or not ours to create: plain partitions serve
        return (
            connection.execute(
                "SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'"
            ).fetchone()
            is not None
        )
    return True


def _applied(connection: Connection[TupleRow]) -> dict[int, Applied]:
    table = connection.execute("SELECT to_regclass('reverbere.migration')").fetchone()
    if table == (None,):
        return {}
    rows = connection.execute(  # as JSON: a store of an earlier version has no such column
        "SELECT number, name, to_jsonb(migration) ->> 'checksum'"
        " FROM reverbere.migration ORDER BY number"
    )
    return {number: Applied(number, name, checksum) for number, name, checksum in rows}


def _run(connection: Connection[TupleRow], step: Migration, *, up: bool) -> None:
    with connection.transaction():
        connection.execute("SET LOCAL search_path = reverbere, public")
        connection.execute(step.up if up else step.down)
        if up:
            connection.execute(
                "INSERT INTO reverbere.migration (number, name, checksum) VALUES (%s, %s, %s)",
                (step.number, step.name, step.checksum),
            )
        else:
            connection.execute("DELETE FROM reverbere.migration WHERE number = %s", (step.number,))
