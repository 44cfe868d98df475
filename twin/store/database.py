"""Connections to the store: one pool a process, short transactions, clear errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from twin.errors import StoreUnreachable
from twin.store.arrays import register
from twin.store.capabilities import Capabilities
from twin.store.settings import StoreSettings


class Database:
    """The store's door: a pool of connections whose search path is ``reverbere``.

    Parameters
    ----------
    url : str
        ``postgresql://…`` or a libpq connection string.
    settings : StoreSettings
        Limits and time-outs.
    name : str
        Shown by the server as ``application_name``.
    """

    def __init__(self, url: str, settings: StoreSettings | None = None, name: str = "reverbere"):
        self.settings = settings or StoreSettings()
        self.url = url
        self._capabilities: Capabilities | None = None
        self._pool: ConnectionPool[Connection[TupleRow]] = ConnectionPool(
            url,
            kwargs=self._options(name),
            min_size=0,
            max_size=self.settings.pool_max,
            timeout=self.settings.connect_timeout_s,
            configure=register,
            check=ConnectionPool.check_connection,
            open=False,
        )

    def _options(self, name: str) -> dict[str, str | int]:
        return {
            "application_name": name,
            "connect_timeout": self.settings.connect_timeout_s,
            "options": (
                "-c search_path=reverbere,public -c timezone=UTC "
                f"-c statement_timeout={self.settings.statement_timeout_s}s"
            ),
        }

    @property
    def address(self) -> str:
        """Where the database is, without user or password."""
        return address_of(self.url)

    @property
    def capabilities(self) -> Capabilities:
        """What the server can do; asked once."""
        if self._capabilities is None:
            with self.connection() as connection:
                self._capabilities = Capabilities.read(connection)
        return self._capabilities

    @contextmanager
    def connection(self) -> Iterator[Connection[TupleRow]]:
        """Borrow a connection for one transaction: commit at the end, roll back on error.

        Raises
        ------
        StoreUnreachable
            The database does not answer within the time-out.
        """
        self._pool.open()
        borrowed: Connection[TupleRow] | None = None
        try:
            with self._pool.connection() as borrowed:
                yield borrowed
        except PoolTimeout as error:
            raise StoreUnreachable(self.address, _first_line(error)) from error
        except psycopg.OperationalError as error:
            if borrowed is not None and not borrowed.closed:
                raise  # the statement failed, not the server: deadlock, time-out…
            raise StoreUnreachable(self.address, _first_line(error)) from error

    def dedicated(self, name: str, *, autocommit: bool = False) -> Connection[TupleRow]:
        """Open a connection of one's own: LISTEN, long COPY. The caller closes it.

        Raises
        ------
        StoreUnreachable
            The database does not answer within the time-out.
        """
        try:
            return psycopg.connect(
                self.url,
                autocommit=autocommit,
                **self._options(name),  # type: ignore[arg-type]
            )
        except psycopg.OperationalError as error:
            raise StoreUnreachable(self.address, _first_line(error)) from error

    def close(self) -> None:
        """Give all connections back to the server."""
        self._pool.close()

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def address_of(url: str) -> str:
    """Host, port and database of a connection string, without user or password."""
    parts = conninfo_to_dict(url)
    host = parts.get("host") or "local socket"
    port = parts.get("port") or 5432
    database = parts.get("dbname") or urlsplit(url).path.lstrip("/")
    return f"{host}:{port}/{database}"


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0] or type(error).__name__
