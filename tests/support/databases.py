"""Fresh migrated databases, made in some 30 ms from a template in the run's one cluster."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from control_center.services.postgres import THROW_AWAY, PostgresServer
from control_center.services.supervisor import Supervised
from tests.support import session
from twin.store.database import Database
from twin.store.migrate import migrate
from twin.store.settings import StoreSettings

_started: list[Supervised] = []


def cluster() -> PostgresServer:
    """Return the run's database cluster; the first caller of all workers starts it."""
    with session.alone("cluster"):
        folder, account = session.folder(), session.account()
        server = PostgresServer(
            session.programs().postgres(),
            folder / "database",
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
    template = _template(server, settings)
    with (
        empty_database(server, template) as url,
        Database(url, settings, name="reverbere test") as database,
    ):
        yield database


def _template(server: PostgresServer, settings: StoreSettings) -> str:
    name = "hypertables" if settings.extension else "partitions"
    mark = session.folder() / f"{name}.json"
    if not mark.exists():
        with session.alone(name):
            if not mark.exists():
                _make_template(server, name, settings)
                mark.write_text(json.dumps(name), encoding="utf-8")
    return name


def _make_template(server: PostgresServer, name: str, settings: StoreSettings) -> None:
    with Database(server.ensure_database(name), settings) as database:
        migrate(database)
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
