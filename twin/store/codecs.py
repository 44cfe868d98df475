"""Which codecs made the stored values: their versions, sources of some, and the quarantine."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow, args_row, class_row

from twin.store.database import Database
from twin.store.sql import statement

Known = tuple[str, str]
"""Name and version."""


class CodecFacts(NamedTuple):
    """What the store knows of one version of a codec.

    Attributes
    ----------
    sha256 : bytes or None
        Of its source; None for one of ours.
    reason : str or None
        Why it is in quarantine; None: it is not.
    since : datetime or None
        Since when it is.
    strikes : int
        How often it was stopped; three are a quarantine.
    """

    id: int
    name: str
    version: str
    sha256: bytes | None
    reason: str | None
    since: datetime | None
    strikes: int


def register(
    connection: Connection[TupleRow],
    versions: Iterable[Known],
    sources: Mapping[Known, tuple[bytes, str]],
) -> dict[Known, int]:
    """Give the versions that are new a number; keep the sources of those that came as files.

    Parameters
    ----------
    sources : mapping of (str, str) to (bytes, str)
        Name and version → SHA-256 and text.

    Returns
    -------
    dict of (str, str) to int
        Name and version → number, of all that are known.
    """
    known = list(versions)
    with connection.transaction():
        connection.execute(
            statement("telemetry/register_codecs"),
            {"names": [name for name, _ in known], "versions": [version for _, version in known]},
        )
        connection.execute(
            statement("codecs/keep_sources"),
            {
                "names": [name for name, _ in sources],
                "versions": [version for _, version in sources],
                "sums": [digest for digest, _ in sources.values()],
                "sources": [text for _, text in sources.values()],
            },
        )
        rows = connection.execute(statement("telemetry/codecs")).fetchall()
    return {(name, version): number for name, version, number in rows}


def quarantined(connection: Connection[TupleRow]) -> dict[bytes, str]:
    """Return the SHA-256 of each codec in quarantine, and the reason."""
    with connection.transaction():
        return dict(connection.execute(statement("codecs/quarantined")).fetchall())


def strikes(connection: Connection[TupleRow], since: datetime) -> dict[bytes, int]:
    """Return the SHA-256 of each codec that was stopped since an instant, and how often."""
    with connection.transaction():
        return dict(connection.execute(statement("codecs/strikes"), {"since": since}).fetchall())


def keep_strike(
    connection: Connection[TupleRow], sha256: bytes, name: str, count: int, at: datetime
) -> None:
    """Keep how often a codec was stopped by now."""
    asked = {"sha256": sha256, "name": name, "strikes": count, "at": at}
    with connection.transaction():
        connection.execute(statement("codecs/keep_strike"), asked)


def quarantine(
    connection: Connection[TupleRow], sha256: bytes, name: str, reason: str, since: datetime
) -> None:
    """Keep a codec out until somebody lets it in again."""
    asked = {"sha256": sha256, "name": name, "reason": reason, "since": since}
    with connection.transaction():
        connection.execute(statement("codecs/quarantine"), asked)


def release(database: Database, name: str) -> int:
    """Let all versions of a codec in again, their strikes forgiven; return how many there were."""
    with database.connection() as connection:
        return len(connection.execute(statement("codecs/release"), {"name": name}).fetchall())


class ValueMade(NamedTuple):
    """One value, and which codec made it.

    Attributes
    ----------
    codec : str or None
        ``name@version``; None: no codec, the network or the device said it.
    superseded_at : datetime or None
        When another codec's value took its place; None: it holds.
    """

    measured_at: datetime
    property: str
    channel: int
    unit: str
    value: float
    quality: int
    codec: str | None
    superseded_at: datetime | None


def history(
    database: Database, dev_eui: str, since: datetime, until: datetime, *, limit: int = 1000
) -> list[ValueMade]:
    """Return a device's values in ``[since, until)``, the superseded ones too, newest first."""
    asked = {"dev_eui": dev_eui, "since": since, "until": until, "limit": limit}
    with (
        database.connection() as connection,
        connection.cursor(row_factory=class_row(ValueMade)) as cursor,
    ):
        return cursor.execute(statement("codecs/history"), asked).fetchall()


def known_codecs(database: Database) -> list[CodecFacts]:
    """Return all versions that were ever registered, by name, the newest last."""
    with (
        database.connection() as connection,
        connection.cursor(row_factory=args_row(CodecFacts)) as cursor,
    ):
        return cursor.execute(statement("codecs/known")).fetchall()
