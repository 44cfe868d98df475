"""Large statements whose references need no look-up row by row."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection
from psycopg.rows import TupleRow

_ALLOWED = "SELECT has_parameter_privilege('session_replication_role', 'SET')"
_SET = "SELECT set_config('session_replication_role', %s, true)"


@contextmanager
def references_known(connection: Connection[TupleRow]) -> Iterator[None]:
    """Spare one look-up a row and foreign key, where the account may; elsewhere nothing changes.

    Only for a statement whose references were read, in the same transaction, from the table that
    they refer to; no thing of the city is ever deleted, it is closed. A million lights have seven
    million references: a third of the server's work of an import. The constraints stand, and hold
    for everything else.

    Parameters
    ----------
    connection : Connection
        Inside the caller's transaction; as it was when the context is left, also by an error.
    """
    allowed = connection.execute(_ALLOWED).fetchone() == (True,)
    if not allowed:
        yield
        return
    with connection.transaction():  # an error takes the setting back with all else
        connection.execute(_SET, ("replica",))
        yield
        connection.execute(_SET, ("origin",))
