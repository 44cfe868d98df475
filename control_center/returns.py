"""Announce when the light is expected back, and keep count of what became of it.

A range is announced once for each state of the repair and then stands: it is not moved from minute
to minute. It is replaced when the repair comes to another state, or when it has run out, which
counts as late for ever. Where the distributor said when its cut ends, that is announced, as its own
word, and counted apart.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.clock import Clock
from twin.incidents.latch import RECOVERY_S
from twin.incidents.return_time import CrewState, Record, record, return_range
from twin.incidents.times import instant, micros
from twin.store.database import Database
from twin.store.returns import (
    Announced,
    ReturnReader,
    Standing,
    announce,
    past,
    standing,
)
from twin.store.sql import statement
from twin.supply.ranges import Longs

KINDS = [
    "flood", "distributor_cut", "burnt_cabinet", "cabinet_out", "feeder_out", "area_out",
    "lamp_failure",
]  # fmt: skip
"""Incidents whose end is light."""

NOTICE = "distributor_notice"
"""Kind under which the distributor's own announcements are kept and counted."""


def run(database: Database, clock: Clock) -> int:
    """Announce the returns that are due; return how many."""
    now = clock.now()
    announced = 0
    with database.connection() as connection:
        waiting = [one for one in standing(connection, KINDS) if _due(one, now)]
        history = past(connection) if waiting else None
        for one in waiting:
            if history is not None and _announce(connection, one, history, now):
                announced += 1
        if announced:
            row = connection.execute(statement("incidents/last_change")).fetchone()
            told = str(row[0]) if row else "0"
            connection.execute("SELECT pg_notify('reverbere_state', %s)", (told,))
    return announced


def crew_state(one: Standing, now: datetime) -> tuple[CrewState, datetime]:
    """Tell where the repair stands, and since when."""
    if one.blocked:
        return CrewState.BLOCKED, one.opened_at
    if one.returning_at is None and one.planned_end is not None and now < one.planned_end:
        return CrewState.ANNOUNCED, one.opened_at
    if one.returning_at is not None:
        return CrewState.RETURNING, one.returning_at
    if one.taken_at is not None:
        return CrewState.TAKEN, one.taken_at
    return CrewState.WAITING, one.opened_at


def durations(history: pl.DataFrame, kind: str, crew: CrewState) -> Longs:
    """Return what past incidents of a kind took from a state of the repair to their end. [µs]"""
    column = {
        CrewState.WAITING: "opened_at",
        CrewState.TAKEN: "taken_at",
        CrewState.RETURNING: "returning_at",
    }.get(crew)
    if column is None:
        return np.empty(0, np.int64)
    alike = history.filter(pl.col("kind") == kind).drop_nulls(column)
    ended, began = (alike[name].dt.epoch("us").to_numpy() for name in ("closed_at", column))
    took: Longs = ended - began
    return took[took > 0]


def _due(one: Standing, now: datetime) -> bool:
    crew, _ = crew_state(one, now)
    if crew is CrewState.BLOCKED:
        return False
    late = one.announced_latest is not None and now > one.announced_latest
    return one.announced_crew != crew or late or _moved(one, crew)


def _moved(one: Standing, crew: CrewState) -> bool:
    """Whether the distributor has announced another end since."""
    if crew is not CrewState.ANNOUNCED or one.planned_end is None:
        return False
    return one.announced_latest != one.planned_end + timedelta(seconds=RECOVERY_S)


def _announce(
    connection: Connection[TupleRow], one: Standing, history: pl.DataFrame, now: datetime
) -> bool:
    crew, since = crew_state(one, now)
    if crew is CrewState.ANNOUNCED and one.planned_end is not None:
        announce(connection, one.id, _by_distributor(one.planned_end, now))
        return True
    found = return_range(durations(history, one.kind, crew), micros(since), micros(now))
    if found is None:
        return False
    announce(
        connection,
        one.id,
        Announced(
            code="",
            made_at=now,
            kind=one.kind,
            crew_state=crew.value,
            earliest=instant(found.earliest) or now,
            latest=instant(found.latest) or now,
            coverage=round(found.coverage, 3),
            based_on=found.based_on,
        ),
    )
    return True


def _by_distributor(planned_end: datetime, now: datetime) -> Announced:
    """Return what the distributor announced: light is due within the watch after that."""
    return Announced(
        code="",
        made_at=now,
        kind=NOTICE,
        crew_state=CrewState.ANNOUNCED.value,
        earliest=planned_end,
        latest=planned_end + timedelta(seconds=RECOVERY_S),
        coverage=None,
        based_on=None,
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the ranges announced for one kind of incident.

    Attributes
    ----------
    meant : float or None
        Mean share of them that was meant to hold; None where others announced them.
    """

    kind: str
    record: Record
    meant: float | None


def published(database: Database) -> list[Kept]:
    """Return the record of all past ranges, by kind of incident."""
    frame = ReturnReader(database).kept()
    found = []
    for (kind,), rows in frame.group_by("kind", maintain_order=True):
        at = (
            rows[column].dt.epoch("us").to_numpy() for column in ("earliest", "latest", "ended_at")
        )
        mean = rows["coverage"].mean()
        meant = mean if isinstance(mean, float) else None
        found.append(Kept(str(kind), record(*at), meant))
    return sorted(found, key=lambda one: one.kind)
