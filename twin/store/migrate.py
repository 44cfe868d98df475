"""Bring a database to the schema that this version expects, and back.

Each step is a pair ``migrations/NNNN_name.up.sql`` and ``.down.sql``, run in one transaction of
its own under a lock, so that two processes that start together do not meet.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from twin.errors import StoreOutdated
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
    """Return the number of the last step applied; 0 for an empty database."""
    with database.connection() as connection:
        return _applied(connection)


def require_current(database: Database) -> None:
    """Refuse to work on a schema that is not this version's.

    Raises
    ------
    StoreOutdated
        The database is older or newer than the code.
    """
    found, expected = schema_version(database), migrations()[-1].number
    if found != expected:
        raise StoreOutdated(found, expected)


def migrate(database: Database, to: int | None = None) -> list[str]:
    """Apply, or take back, steps until the schema is at ``to``.

    Parameters
    ----------
    to : int, optional
        Number of the last step to keep; the newest by default, 0 empties the store.

    Returns
    -------
    list of str
        What was done, in order, e.g. ``["0001_foundation up"]``.
    """
    steps = migrations()
    target = steps[-1].number if to is None else to
    done = []
    with _locked(database) as connection:
        _prepare(connection, use_extension=database.settings.extension)
        current = _applied(connection)
        for step in steps:
            if current < step.number <= target:
                _run(connection, step, up=True)
                done.append(f"{step.number:04d}_{step.name} up")
        for step in reversed(steps):
            if target < step.number <= current:
                _run(connection, step, up=False)
                done.append(f"{step.number:04d}_{step.name} down")
    return done


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
        " applied_at timestamptz NOT NULL DEFAULT now())"
    )
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


def _applied(connection: Connection[TupleRow]) -> int:
    table = connection.execute("SELECT to_regclass('reverbere.migration')").fetchone()
    if table == (None,):
        return 0
    row = connection.execute("SELECT coalesce(max(number), 0) FROM reverbere.migration").fetchone()
    return int(row[0]) if row else 0


def _run(connection: Connection[TupleRow], step: Migration, *, up: bool) -> None:
    with connection.transaction():
        connection.execute("SET LOCAL search_path = reverbere, public")
        connection.execute(step.up if up else step.down)
        if up:
            connection.execute(
                "INSERT INTO reverbere.migration (number, name) VALUES (%s, %s)",
                (step.number, step.name),
            )
        else:
            connection.execute("DELETE FROM reverbere.migration WHERE number = %s", (step.number,))
