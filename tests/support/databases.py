"""Fresh migrated databases, made in some 50 ms from a template in the run's one cluster.

What many tests fill a store with is kept as a template as well: ``copied_database``.
"""

import pickle
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import psycopg
from psycopg import sql

from control_center.services.postgres import THROW_AWAY, PostgresServer
from control_center.services.supervisor import Supervised
from tests.support import session
from twin.store.database import Database
from twin.store.migrate import migrate
from twin.store.settings import StoreSettings

Made = TypeVar("Made")

_started: list[Supervised] = []


def cluster() -> PostgresServer:
    """Return the run's database cluster; the first caller of all workers starts it."""
    with session.alone("cluster"):
        folder, account = session.folder(), session.account()
        server = PostgresServer(
            session.programs().postgres(),
            session.quick_folder() / "database",
            account.private_folder(folder / "socket"),
            account,
            THROW_AWAY,
        )
        if not server.ready():
            supervised = Supervised(server.program(folder / "database.log", folder / "run"))
            supervised.start()
            _started.append(supervised)
    return server


@contextmanager
def empty_database(server: PostgresServer, template: str = "template1") -> Iterator[str]:
    """Yield the address of a new database, gone afterwards."""
    name = sql.Identifier(f"t_{secrets.token_hex(6)}")
    with _administrator(server) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(template))
        )
    try:
        yield server.url(name.as_string().strip('"'))
    finally:
        with _administrator(server) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@contextmanager
def fresh_database(*, extension: bool | None = None) -> Iterator[Database]:
    """Yield a migrated store of its own.

    Parameters
    ----------
    extension : bool, optional
        Hypertables or plain partitions; by default what ``REVERBERE_STORE_EXTENSION`` says.
    """
    settings = StoreSettings() if extension is None else StoreSettings(extension=extension)
    server = cluster()
    template = _migrated(server, settings)
    with (
        empty_database(server, template) as url,
        Database(url, settings, name="reverbere test") as database,
    ):
        yield database


@contextmanager
def copied_database(name: str, fill: Callable[[Database], Made]) -> Iterator[tuple[Database, Made]]:
    """Yield a store of its own as ``fill`` leaves it, with what ``fill`` returned.

    Only the first caller of the run fills a store; all others get a copy of it.

    Parameters
    ----------
    name : str
        Of the filling, one for the whole run.
    fill : callable
        Fills a migrated store; what it returns can be pickled.
    """
    settings = StoreSettings()
    server = cluster()
    empty = _migrated(server, settings)

    def make(template: str) -> Made:
        with _administrator(server) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(template), sql.Identifier(empty)
                )
            )
        with Database(server.url(template), settings) as database:
            return fill(database)

    template = f"{empty}-{name}"
    made = _template(server, template, make)
    with (
        empty_database(server, template) as url,
        Database(url, settings, name="reverbere test") as database,
    ):
        yield database, made


def _migrated(server: PostgresServer, settings: StoreSettings) -> str:
    def make(name: str) -> None:
        with Database(server.ensure_database(name), settings) as database:
            migrate(database)

    name = "hypertables" if settings.extension else "partitions"
    _template(server, name, make)
    return name


def _template(server: PostgresServer, name: str, make: Callable[[str], Made]) -> Made:
    """Let the first caller of the run make a database; return what the making gave."""
    mark = session.folder() / f"{name}.template"
    with session.alone(name):
        if not mark.exists():
            made = make(name)
            _close(server, name)
            mark.write_bytes(pickle.dumps(made))
        found: Made = pickle.loads(mark.read_bytes())  # noqa: S301 - of this run
    return found


def _close(server: PostgresServer, name: str) -> None:
    """Let nobody in any more: a database is copied while nobody is in it."""
    with _administrator(server) as connection:
        identifier = sql.Identifier(name)
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(identifier))
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )


@contextmanager
def _administrator(server: PostgresServer) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        yield connection
