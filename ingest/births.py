"""Sparkplug births in the store: a worker that starts, or did not read them, finds them there.

They are written in the transaction that stores the messages which brought them. Several workers
look for each other's in every batch that holds Sparkplug messages, a worker alone once.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from ingest.networks.instants import datetime_of, micros_of
from ingest.networks.sparkplug import MOST_NODES, Birth, Meaning, Sparkplug
from twin.store.sql import statement

_LOOK_BACK: Final = timedelta(minutes=10)
"""A birth may be stored this long after it was received, and is looked for as long."""
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)

_encode = msgspec.msgpack.Encoder().encode
_metrics = msgspec.msgpack.Decoder(tuple[Meaning, ...])


class Births:
    """Carries births between the parser and the store.

    Parameters
    ----------
    sparkplug : Sparkplug
        The parser.
    shared : bool
        Whether other workers read births too.
    """

    def __init__(self, sparkplug: Sparkplug, *, shared: bool) -> None:
        self._sparkplug = sparkplug
        self._shared = shared
        self._looked = False
        self._since = _BEGINNING

    def before(self, connection: Callable[[], Connection[TupleRow]]) -> None:
        """Let the parser look into the store when it meets the first message of a batch."""
        if self._shared:
            self._looked = False
        self._sparkplug.recall = lambda: self._recall(connection)

    def keep(self) -> Callable[[Connection[TupleRow]], None]:
        """Return what writes the births of this batch, in its transaction."""
        births = self._sparkplug.births()
        return lambda connection: _write(connection, births)

    def forget(self) -> None:
        """Look into the store again before the next message."""
        self._looked, self._since = False, _BEGINNING

    def _recall(self, connection: Callable[[], Connection[TupleRow]]) -> None:
        if self._looked:
            return
        link = connection()
        with link.transaction():
            rows = link.execute(statement("telemetry/births"), {"since": self._since}).fetchall()
        births = [
            Birth(node, device, number, micros_of(born_at), _metrics.decode(metrics))
            for node, device, number, born_at, metrics in rows
        ]
        self._sparkplug.learn(births)
        if rows:
            self._since = max(row[3] for row in rows) - _LOOK_BACK
        self._looked = True


def _write(connection: Connection[TupleRow], births: Sequence[Birth]) -> None:
    if not births:
        return
    nodes = [birth.node for birth in births if not birth.device]
    connection.execute(statement("telemetry/forget_births"), {"nodes": nodes, "most": MOST_NODES})
    for birth in births:
        connection.execute(
            statement("telemetry/keep_birth"),
            {
                "node": birth.node,
                "device": birth.device,
                "number": birth.number,
                "born_at": datetime_of(birth.born_at),
                "metrics": _encode(birth.metrics),
            },
        )
