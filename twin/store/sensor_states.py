"""How each watched thing is heard: written by the assessment, read by pages and programs."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import TupleRow

from twin.incidents.silence import TARDY, Hearing, Reason
from twin.incidents.times import NEVER
from twin.store.columns import INSTANT, read_arrays
from twin.store.database import Database
from twin.store.sql import statement
from twin.supply.ranges import Longs

UNPROMISED_S: Final = 3600
"""Expected time between two messages of a device that promised nothing. [s]"""

NO_INCIDENT: Final = 0


@dataclass(frozen=True, slots=True)
class WrittenStates:
    """States of sensors as arrays of one length; instants in µs, ``NEVER`` for none.

    Attributes
    ----------
    asset, state, reason, since, deadline, incident : int64
        ``incident`` is ``NO_INCIDENT`` for none.
    """

    asset: Longs
    state: Longs
    reason: Longs
    since: Longs
    deadline: Longs
    incident: Longs


def written_since(connection: Connection[TupleRow], revision: int) -> tuple[WrittenStates, int]:
    """Return what was written after a revision, and the newest revision."""
    types = ("i8", "i2", "i2", INSTANT, INSTANT, "i8", "i8")
    found = read_arrays(connection, "sensors/written", types, {"revision": revision})
    asset, state, reason, since, deadline, incident, revisions = (
        each.astype("int64") for each in found
    )
    told = WrittenStates(
        asset, state, reason, since.clip(min=NEVER), deadline.clip(min=NEVER), incident
    )
    return told, int(revisions.max(initial=revision))


def write_states(connection: Connection[TupleRow], changed: WrittenStates) -> int:
    """Write states; return their revision."""
    row = connection.execute(
        statement("sensors/write"),
        {
            "assets": changed.asset.tolist(),
            "states": changed.state.tolist(),
            "reasons": changed.reason.tolist(),
            "since": changed.since.tolist(),
            "deadline": changed.deadline.tolist(),
            "incidents": changed.incident.tolist(),
        },
    ).fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True)
class SensorState:
    """How one watched thing is heard.

    Attributes
    ----------
    kind, code, name : str
        What is watched; the name may be empty.
    dev_eui : str
        Of a device that watches it.
    since : datetime or None
        None: it was never heard.
    deadline : datetime or None
        Until when it may stay so without a message, or that passed; None where none counts.
    incident, incident_kind : str or None
        What explains its silence, or did.
    interval_s : float
        Expected time between two messages. [s]
    """

    asset: int
    kind: str
    code: str
    name: str
    dev_eui: str
    state: Hearing
    reason: Reason
    since: datetime | None
    deadline: datetime | None
    incident: str | None
    incident_kind: str | None
    last_seen: datetime | None
    interval_s: float


class SensorStateReader:
    """Reads how watched things are heard.

    Parameters
    ----------
    database : Database
        The store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def states(
        self,
        states: Sequence[Hearing] | None = None,
        *,
        kind: str | None = None,
        incident: str | None = None,
        skip: int = 0,
        most: int = 100,
    ) -> list[SensorState]:
        """Return watched things, those that ask for a look first.

        Parameters
        ----------
        states : sequence of Hearing, optional
            Only those.
        kind, incident : str, optional
            Only of that kind; only those whose silence that incident explains.
        skip, most : int
            The page.
        """
        return self._read(states, kind, incident, None, (skip, most))

    def of_asset(self, asset: int) -> SensorState | None:
        """Return how one thing is heard; None where nothing watches it."""
        return next(iter(self._read(None, None, None, asset, (0, 1))), None)

    def counts(self) -> dict[str, dict[Hearing, int]]:
        """Return how many things of each kind are heard how."""
        with self._database.connection() as connection:
            rows = connection.execute(statement("sensors/counts")).fetchall()
        found: dict[str, dict[Hearing, int]] = {}
        for kind, state, count in rows:
            found.setdefault(str(kind), {})[Hearing(state)] = int(count)
        return found

    def below(self, asset: int) -> dict[Hearing, int]:
        """Return how many watched things that hang on a supply device are heard how."""
        with self._database.connection() as connection:
            rows = connection.execute(statement("sensors/below"), {"asset": asset}).fetchall()
        return {Hearing(state): int(count) for state, count in rows}

    def _read(
        self,
        states: Sequence[Hearing] | None,
        kind: str | None,
        incident: str | None,
        asset: int | None,
        page: tuple[int, int],
    ) -> list[SensorState]:
        facts = {
            "states": None if states is None else [int(each) for each in states],
            "kind": kind,
            "incident": incident,
            "asset": asset,
            "skip": page[0],
            "most": page[1],
            "patience": 1 + TARDY,
            "interval": UNPROMISED_S,
        }
        with self._database.connection() as connection:
            rows = connection.execute(statement("sensors/states"), facts).fetchall()
        return [_state(row) for row in rows]


def _state(row: Sequence[Any]) -> SensorState:
    names = [field.name for field in fields(SensorState)]
    told = dict(zip(names, row, strict=True))
    return SensorState(
        **{
            **told,
            "state": Hearing(told["state"]),
            "reason": Reason(told["reason"]),
            "interval_s": float(told["interval_s"]),
        }
    )


def totals(counts: dict[str, dict[Hearing, int]]) -> dict[Hearing, int]:
    """Add up the counts of all kinds."""
    found = dict.fromkeys(Hearing, 0)
    for of_kind in counts.values():
        for state, count in of_kind.items():
            found[state] += count
    return found
