"""A connection of one's own, made again after it was lost."""

from contextlib import closing

from psycopg import Connection
from psycopg.rows import TupleRow

from twin.store.arrays import register
from twin.store.database import Database


class Dedicated:
    """One connection that takes numpy columns as parameters.

    Parameters
    ----------
    database : Database
        The territory's store.
    name : str
        Shown by the server as ``application_name``.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._connection: Connection[TupleRow] | None = None

    @property
    def connection(self) -> Connection[TupleRow]:
        """The connection, made at the first use and after a loss.

        Raises
        ------
        StoreUnreachable
            The database does not answer.
        """
        if self._connection is None or self._connection.closed:
            self._connection = self._database.dedicated(self._name)
            register(self._connection)
        return self._connection

    def close(self) -> None:
        """Give the connection up; what was not committed is rolled back."""
        if self._connection is not None:
            with closing(self._connection):
                self._connection = None
