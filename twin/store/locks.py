"""One worker at a time for a job, whichever process it lives in."""

from psycopg import Connection
from psycopg.rows import TupleRow


def try_lock(connection: Connection[TupleRow], job: str) -> bool:
    """Take a job's lock until the transaction ends; False where another worker holds it."""
    row = connection.execute(
        "SELECT pg_try_advisory_xact_lock(hashtext('reverbere.' || %s))", (job,)
    ).fetchone()
    return row == (True,)
