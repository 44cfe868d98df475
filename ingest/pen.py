"""The pen of a territory's store: whoever holds it may write telemetry, one process at a time.

What tells a copy from a new frame is where a device's counter stands. Two workers that judged at
once, each by its own memory, would store a frame twice. So each judges and stores with the pen in
hand, and whoever takes it up again doubts what it remembers. A worker alone keeps it; several pass
it on after every batch; ``reverbere ledger again`` asks for it (``NOTIFY reverbere_pen``).
"""

from typing import Final

from psycopg import Connection
from psycopg.errors import LockNotAvailable
from psycopg.rows import TupleRow

from twin.store.dedicated import Dedicated

CHANNEL: Final = "reverbere_pen"
_KEY: Final = 0x9E4
_LOCK: Final = "SELECT pg_advisory_lock(%s)"


class Pen:
    """One pen in the whole database, held by a connection and dropped with it.

    Parameters
    ----------
    link : Dedicated
        The connection that holds it, used for nothing else.
    """

    def __init__(self, link: Dedicated) -> None:
        self._link = link
        self._held_by: Connection[TupleRow] | None = None

    def take(self) -> bool:
        """Wait for the pen; return whether somebody else may have written since it was given."""
        connection = self._link.connection
        if self._held_by is connection:
            return False
        with connection.transaction():
            connection.execute("SET LOCAL statement_timeout = 0")
            connection.execute(_LOCK, (_KEY,))
        self._held_by = connection
        return True

    def ask(self, link: Dedicated) -> None:
        """Wait for the pen, and let its holder know; ``link`` carries the word."""
        while True:
            with link.connection.transaction():
                link.connection.execute(f"NOTIFY {CHANNEL}")
            connection = self._link.connection
            try:
                with connection.transaction():
                    connection.execute("SET LOCAL lock_timeout = '1s'")
                    connection.execute(_LOCK, (_KEY,))
            except LockNotAvailable:
                continue
            self._held_by = connection
            return

    def give(self) -> None:
        """Lay it down for whoever waits."""
        connection, self._held_by = self._held_by, None
        if connection is not None and not connection.closed:
            with connection.transaction():
                connection.execute("SELECT pg_advisory_unlock(%s)", (_KEY,))

    def close(self) -> None:
        """Give it up with its connection."""
        self._held_by = None
        self._link.close()
