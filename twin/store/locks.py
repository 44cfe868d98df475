"""Background jobs: one worker at a time, and time enough for its statements."""

from psycopg import Connection
from psycopg.rows import TupleRow


def try_lock(connection: Connection[TupleRow], job: str) -> bool:
    """Take a job's lock until the transaction ends; False where another worker holds it."""
    row = connection.execute(
        "SELECT pg_try_advisory_xact_lock(hashtext('reverbere.' || %s))", (job,)
    ).fetchone()
    return row == (True,)


def take_time(connection: Connection[TupleRow], minutes: int = 10) -> None:
    """Let the statements of this transaction run longer than those of pages may."""
    connection.execute("SELECT set_config('statement_timeout', %s, true)", (f"{minutes}min",))
    connection.execute("SELECT set_config('jit', 'off', true)")  # compiling a year of partitions
