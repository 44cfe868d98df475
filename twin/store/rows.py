"""Query results as plain rows: for the few small tables that are asked after every batch."""

from collections.abc import Mapping

from psycopg import Connection
from psycopg.rows import TupleRow

from twin.store.sql import statement


def read_rows(
    connection: Connection[TupleRow],
    name: str,
    parameters: Mapping[str, object] | None = None,
) -> list[TupleRow]:
    """Run ``queries/<name>.sql`` and return its rows; a few hundred at most.

    A frame (``twin.store.frames``) is parsed from text by all cores at once, which costs more than
    a handful of rows is worth.
    """
    return connection.execute(statement(name), parameters, binary=True).fetchall()
