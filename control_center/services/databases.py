"""Databases of an embedded server, one a territory.

A server is named by its *address*: a connection address with ``{database}`` in the place of the
database's name.
"""

from contextlib import suppress
from urllib.parse import quote

import psycopg
from psycopg import sql

from twin.errors import StoreUnreachable


def ensure_database(address: str, name: str) -> str:
    """Create a database unless it exists.

    Returns
    -------
    str
        Its connection address.

    Raises
    ------
    StoreUnreachable
        The server does not answer.
    """
    create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    # it may be there, or another process may make it at this very moment
    there = suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation)
    with _administrator(address) as connection, there:
        connection.execute(create)
    return address.replace("{database}", quote(name))


def _administrator(address: str) -> psycopg.Connection:
    try:
        return psycopg.connect(address.replace("{database}", "postgres"), autocommit=True)
    except psycopg.OperationalError as error:
        raise StoreUnreachable("embedded server", str(error).strip().split("\n")[0]) from error
